//! The ten endpoints that create tasks, by name.

use crate::catalogue::{CATALOGUE, EndpointSpec};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The path of the one call that reads a task's status. It creates nothing.
pub const STATUS_PATH: &str = "/linkedin-agent/get-task-status";

/// One call of the API that creates a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// Reads one person's profile.
    FetchProfile,
    /// Reads the posts of one or several people.
    FetchProfilesPosts,
    /// Reads one company's page.
    FetchCompany,
    /// Reads the posts of one company.
    FetchCompanyPosts,
    /// Reads a page of the account's connections.
    FetchConnections,
    /// Searches people.
    SearchProfiles,
    /// Likes a post.
    LikePost,
    /// Comments on a post.
    CommentPost,
    /// Sends a message to a first-degree connection.
    SendMessage,
    /// Invites a person to connect.
    SendConnectionRequest,
}

impl Endpoint {
    /// All ten, in the order of the catalogue.
    pub const ALL: [Self; 10] = [
        Self::FetchProfile,
        Self::FetchProfilesPosts,
        Self::FetchCompany,
        Self::FetchCompanyPosts,
        Self::FetchConnections,
        Self::SearchProfiles,
        Self::LikePost,
        Self::CommentPost,
        Self::SendMessage,
        Self::SendConnectionRequest,
    ];

    /// Its row in the catalogue.
    pub fn spec(self) -> &'static EndpointSpec {
        &CATALOGUE[self as usize]
    }

    /// Its name, such as `fetch-profile`.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Whether it changes something on LinkedIn.
    pub fn effect(self) -> Effect {
        self.spec().effect
    }

    /// The endpoint behind a request path.
    pub fn from_path(path: &str) -> Option<Self> {
        CATALOGUE.iter().find(|spec| spec.path == path).map(|spec| spec.endpoint)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        CATALOGUE
            .iter()
            .find(|spec| spec.name == name)
            .map(|spec| spec.endpoint)
            .ok_or_else(|| UnknownEndpoint(name.to_owned()))
    }
}

/// A name that is none of the ten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEndpoint(pub String);

impl fmt::Display for UnknownEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no endpoint `{}`; there are ", self.0)?;
        for (i, spec) in CATALOGUE.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, spec.name)?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownEndpoint {}

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It only looks. Asked twice, it costs twice and harms nobody.
    Read,
    /// It changes something that other people see. It is never sent twice.
    Write,
}

/// The HTTP methods of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Creates a task.
    Post,
}

impl Method {
    /// The method's word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_is_its_own_row() {
        for (row, endpoint) in CATALOGUE.iter().zip(Endpoint::ALL) {
            assert_eq!(row.endpoint, endpoint);
            assert_eq!(endpoint.spec().name, row.name);
            assert_eq!(row.name.parse(), Ok(endpoint));
            assert_eq!(Endpoint::from_path(row.path), Some(endpoint));
            assert_eq!(serde_json::to_value(endpoint).unwrap(), row.name);
        }
    }
}

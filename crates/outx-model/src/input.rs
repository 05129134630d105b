//! Typed inputs for people who write Rust. The catalogue's fields are what is checked.

use crate::endpoint::Endpoint;
use crate::output::{Company, Connections, Done, Posts, Profile, Profiles};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A typed input: which endpoint it is for, and what its output reads as.
pub trait TaskInput: Serialize {
    /// The endpoint.
    const ENDPOINT: Endpoint;
    /// The typed view of the output.
    type Output: DeserializeOwned;
}

macro_rules! input {
    ($(#[$doc:meta])* $name:ident -> $output:ident {
        $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
        }

        impl TaskInput for $name {
            const ENDPOINT: Endpoint = Endpoint::$name;
            type Output = $output;
        }
    };
}

input! {
    /// Reads one person's profile.
    FetchProfile -> Profile {
        /// The slug, or the profile's URL.
        profile_slug: String,
    }
}
input! {
    /// Reads the posts of one or several people.
    FetchProfilesPosts -> Posts {
        /// At least one URN.
        profile_urns: Vec<String>,
    }
}
input! {
    /// Reads one company's page.
    FetchCompany -> Company {
        /// The slug, or the company's URL.
        company_slug: String,
    }
}
input! {
    /// Reads the posts of one company.
    FetchCompanyPosts -> Posts {
        /// The slug, or the company's URL.
        company_slug: String,
    }
}
input! {
    /// Reads a page of the account's connections. All fields may be absent.
    FetchConnections -> Connections {
        /// Only names that contain this.
        keyword: Option<String>,
        /// `RECENTLY_ADDED`, or absent for LinkedIn's own order.
        sort_type: Option<String>,
        /// How many to pass over; 0 if absent.
        start: Option<u64>,
        /// How many to read, at most 100; 40 if absent.
        count: Option<u64>,
    }
}
input! {
    /// Searches people. At least one filter besides `count` must be given.
    SearchProfiles -> Profiles {
        /// Words in name, headline or profile.
        keywords: Option<String>,
        /// Job title.
        title: Option<String>,
        /// Current company, by name.
        company: Option<String>,
        /// First name.
        first_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// Places, by LinkedIn's bare numbers.
        geo_urn: Option<Vec<String>>,
        /// Current companies, by URN or id.
        current_company: Option<Vec<String>>,
        /// Past companies, by URN or id.
        past_company: Option<Vec<String>>,
        /// Industries.
        industry: Option<Vec<String>>,
        /// School, by name.
        school: Option<String>,
        /// Languages, such as `en`.
        profile_language: Option<Vec<String>>,
        /// How many to find, at most 50; 25 if absent.
        count: Option<u64>,
    }
}
input! {
    /// Likes a post.
    LikePost -> Done {
        /// The post, `urn:li:activity:DIGITS`, or its URL.
        social_urn: String,
    }
}
input! {
    /// Comments on a post.
    CommentPost -> Done {
        /// The post, `urn:li:activity:DIGITS`, or its URL.
        social_urn: String,
        /// What to write.
        comment_text: String,
    }
}
input! {
    /// Sends a message to a first-degree connection.
    SendMessage -> Done {
        /// The person.
        recipient_urn: String,
        /// What to write, at most 10,000 characters.
        message: String,
    }
}
input! {
    /// Invites a person to connect.
    SendConnectionRequest -> Done {
        /// The person, by URN or bare id.
        profile_urn: String,
        /// A note of at most 300 characters after trimming; absent or blank for none.
        note: Option<String>,
    }
}

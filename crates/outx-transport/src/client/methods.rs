//! One method for each endpoint.

use super::{Client, Created};
use outx_model::{
    CommentPost, Endpoint, FetchCompany, FetchCompanyPosts, FetchConnections, FetchProfile,
    FetchProfilesPosts, InputError, LikePost, SearchProfiles, SendConnectionRequest, SendMessage, TaskInput,
};

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($input:ident);)*) => {
        /// A typed method for each endpoint. Each prepares and checks its input and sends it at most once; the
        /// task's output is read with [`TaskSnapshot::read`](outx_model::TaskSnapshot::read).
        impl Client {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                ///
                /// When the input is wrong. Nothing was sent then.
                pub async fn $name(&self, input: &$input) -> Result<Created, InputError> {
                    self.create_typed(input).await
                }
            )*
        }

        /// Which endpoints have a method, in the order of the catalogue.
        const TYPED: &[Endpoint] = &[$($input::ENDPOINT),*];
    };
}

methods! {
    /// Reads one person's profile.
    fetch_profile(FetchProfile);
    /// Reads the posts of one or several people.
    fetch_profiles_posts(FetchProfilesPosts);
    /// Reads one company's page.
    fetch_company(FetchCompany);
    /// Reads the posts of one company.
    fetch_company_posts(FetchCompanyPosts);
    /// Reads a page of the account's connections.
    fetch_connections(FetchConnections);
    /// Searches people.
    search_profiles(SearchProfiles);
    /// Likes a post.
    like_post(LikePost);
    /// Comments on a post.
    comment_post(CommentPost);
    /// Sends a message to a first-degree connection.
    send_message(SendMessage);
    /// Invites a person to connect.
    send_connection_request(SendConnectionRequest);
}

// A row of the catalogue without its method does not compile.
const _: () = {
    assert!(TYPED.len() == Endpoint::ALL.len());
    let mut at = 0;
    while at < TYPED.len() {
        assert!(TYPED[at] as usize == Endpoint::ALL[at] as usize);
        at += 1;
    }
};

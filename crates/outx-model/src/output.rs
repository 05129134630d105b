//! Typed outputs: what [`TaskSnapshot::read`](crate::TaskSnapshot::read) gives.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

macro_rules! output {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $ty,)*
            /// What else the API said, untouched.
            #[serde(flatten)]
            pub other: Map<String, Value>,
        }
    )*};
}

output! {
    /// One person's profile. Which fields are there depends on what the acting account may see.
    Profile {
        /// The person's name.
        full_name: Option<String>,
        /// The line under the name.
        headline: Option<String>,
        /// Where the person lives.
        location: Option<String>,
        /// The part after linkedin.com/in/.
        profile_slug: Option<String>,
        /// The profile's address.
        profile_url: Option<String>,
        /// What invitations and messages are sent to.
        profile_urn: Option<String>,
        /// Number of connections.
        connections: Option<i64>,
        /// Number of followers.
        followers: Option<i64>,
        /// The person's own description.
        about: Option<String>,
        /// Jobs.
        positions: Vec<Position>,
    }

    /// One job of a profile.
    Position {
        /// Job title.
        title: Option<String>,
        /// Employer.
        company_name: Option<String>,
        /// Place of work.
        location: Option<String>,
        /// Year it began.
        start_year: Option<i64>,
        /// Month it began, 1 to 12.
        start_month: Option<i64>,
        /// Year it ended.
        end_year: Option<i64>,
        /// Month it ended, 1 to 12.
        end_month: Option<i64>,
        /// Whether it is held now.
        is_current: Option<bool>,
    }

    /// Posts of people or of a company.
    Posts {
        /// Newest first.
        posts: Vec<Post>,
    }

    /// One post.
    Post {
        /// What likes and comments refer to.
        social_urn: Option<String>,
        /// What was written; absent for a bare repost.
        text: Option<String>,
        /// Who wrote it.
        author_urn: Option<String>,
        /// The post's address.
        url: Option<String>,
        /// Number of likes.
        likes: Option<i64>,
        /// Number of comments.
        comments: Option<i64>,
        /// Number of shares.
        shares: Option<i64>,
        /// When, as RFC 3339.
        posted_at: Option<String>,
    }

    /// One company's page.
    Company {
        /// The company's name.
        name: Option<String>,
        /// Its industry.
        industry: Option<String>,
        /// Number of employees.
        employee_count: Option<i64>,
        /// Its own description.
        description: Option<String>,
        /// Its seat.
        headquarters: Option<String>,
        /// Address of its logo.
        logo_url: Option<String>,
        /// The part after linkedin.com/company/.
        company_slug: Option<String>,
    }

    /// A page of connections.
    Connections {
        /// The page.
        connections: Vec<Connection>,
        /// How many this page holds, not the whole network.
        total: Option<i64>,
    }

    /// One connection.
    Connection {
        /// The person's name.
        name: Option<String>,
        /// First name.
        first_name: Option<String>,
        /// Last name.
        last_name: Option<String>,
        /// The line under the name.
        headline: Option<String>,
        /// The profile's slug.
        public_identifier: Option<String>,
        /// What messages are sent to.
        entity_urn: Option<String>,
        /// Address of the picture.
        profile_image_url: Option<String>,
    }

    /// People that a search found.
    Profiles {
        /// Those found.
        profiles: Vec<FoundProfile>,
    }

    /// One person that a search found.
    FoundProfile {
        /// The person's name.
        name: Option<String>,
        /// The line under the name.
        headline: Option<String>,
        /// Where the person lives.
        location: Option<String>,
        /// The profile's slug.
        profile_slug: Option<String>,
        /// What invitations are sent to.
        profile_urn: Option<String>,
        /// 1, 2 or 3.
        connection_degree: Option<i64>,
    }

    /// What a write says of itself.
    Done {
        /// Whether it was done; nothing when it says nothing that is known.
        sent: Option<bool>,
    }
}

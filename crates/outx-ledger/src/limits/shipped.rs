//! The limits that an account has when nobody set others.

use super::calendar::Hours;
use super::rule::{Limits, Period, Rule, Zone};
use super::scope::Which;
use jiff::civil::{Weekday, time};
use jiff::tz::TimeZone;
use outx_model::Endpoint;
use outx_model::Endpoint::{
    CommentPost, FetchCompany, FetchCompanyPosts, FetchConnections, FetchProfile, FetchProfilesPosts,
    LikePost, SearchProfiles, SendConnectionRequest, SendMessage,
};

/// For each endpoint: the most in 24 hours, the most in seven days, and why. All are well under what is known
/// or supposed of LinkedIn, whose own numbers are not published and differ between accounts.
pub const SHIPPED: [(Endpoint, u32, u32, &str); 10] = [
    (FetchProfile, 40, 200, "OutX names 50 profile reads a day as an account's share"),
    (FetchProfilesPosts, 40, 200, "counts as a profile read: 50 a day"),
    (FetchCompany, 40, 200, "OutX names 50 company reads a day"),
    (FetchCompanyPosts, 40, 200, "counts as a company read: 50 a day"),
    (FetchConnections, 30, 150, "one page each; twelve shared looks a day find who accepted"),
    (SearchProfiles, 20, 100, "a search shows up to 50 people; free accounts have a monthly share"),
    (LikePost, 20, 100, "OutX names 50 likes a day; twenty are what a person does who reads"),
    (CommentPost, 8, 40, "a comment is public; more than one an hour of work is not read as a person's"),
    (SendMessage, 20, 100, "messages that are reported cost the account"),
    (SendConnectionRequest, 15, 75, "LinkedIn's own limit is about 100 a week; open invitations count"),
];

/// OutX advises at most about 50 actions an hour, all kinds together.
const AN_HOUR: u32 = 50;

impl Limits {
    /// The cautious limits of a live account, with working hours in a time zone: [`SHIPPED`] for each endpoint;
    /// 50 actions an hour in all, as OutX advises; reads 3 to 8 s and writes 45 to 120 s apart, for a burst
    /// endangers the account; a day between two messages to one person; writes Monday to Friday, 8 to 19.
    pub fn shipped(zone: TimeZone) -> Self {
        let windows = SHIPPED.iter().flat_map(|(endpoint, day, week, _)| {
            let at_most = |most: u32, hours: u32| Rule::AtMost {
                most,
                of: Which::Endpoint((*endpoint).into()),
                per: Period::Hours(hours),
            };
            [at_most(*day, 24), at_most(*week, 7 * 24)]
        });
        let days =
            vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
        let hours =
            Hours { days, from: time(8, 0, 0, 0), to: time(19, 0, 0, 0), time_zone: Zone::from(zone) };
        let others = [
            Rule::AtMost { most: AN_HOUR, of: Which::All, per: Period::Hours(1) },
            Rule::Apart { of: Which::Reads, least: 3, jitter: 5 },
            Rule::Apart { of: Which::Writes, least: 45, jitter: 75 },
            Rule::Gap { of: Which::Endpoint(SendMessage.into()), hours: 24 },
            Rule::During { of: Which::Writes, hours },
        ];
        Self(windows.chain(others).collect())
    }
}

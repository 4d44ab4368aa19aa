use super::{Offer, Workload};

/// A workload whose stream is not accepted yet.
pub(crate) struct Client {
    pub(crate) workload: Workload,
    pub(crate) tunnel: u32,
    pub(crate) offer: Offer,
}

use super::{Offer, Workload};

/// A workload that came before there was a connection to carry it.
pub(crate) struct Client {
    pub(crate) workload: Workload,
    pub(crate) tunnel: u32,
    pub(crate) offer: Offer,
}

/// The ECN field: two bits by which routers signal congestion (RFC 3168, 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Ecn {
    /// Not-ECT: routers drop packets instead of marking them.
    #[default]
    NotCapable = 0,
    /// ECT(1)
    Capable1 = 1,
    /// ECT(0)
    Capable0 = 2,
    /// CE
    CongestionExperienced = 3,
}

impl Ecn {
    /// The ECN field of a Type of Service or Traffic Class octet.
    pub(crate) fn of_octet(octet: u8) -> Self {
        match octet & 3 {
            0 => Self::NotCapable,
            1 => Self::Capable1,
            2 => Self::Capable0,
            _ => Self::CongestionExperienced,
        }
    }
}

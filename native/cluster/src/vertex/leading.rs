//! Tunnels whose clients go over another trunk from now on.

use florenetes_lane::Now;

use super::Vertex;
use super::clients::TOO_MANY_WAIT;
use crate::codes::NO_ANSWER;
use crate::trunks::Waiter;

impl Vertex {
    /// Those that wait go along, and keep their places among those who wait there. Streams stay on their connections.
    pub(crate) fn lead_tunnel(&mut self, tunnel: u32, trunk: u32, now: Now) {
        let Some(of_tunnel) = self.trunk_of_mut(tunnel) else { return };
        let former = std::mem::replace(of_tunnel, trunk);
        let is_of_tunnel = |waiter: &Waiter| match waiter {
            Waiter::Stream(client) => client.tunnel == tunnel,
            Waiter::Flows(of) => *of == tunnel,
            Waiter::Own(_) => false,
        };
        for (until, waiter) in self.trunks.waiting.take_those(former, is_of_tunnel) {
            match (self.current_place(trunk), waiter) {
                (Some(place), waiter) => self.let_in(trunk, place, waiter, now),
                (None, Waiter::Stream(client)) if self.is_full(trunk) => {
                    self.refuse_client(client, NO_ANSWER, TOO_MANY_WAIT);
                }
                (None, waiter) => self.trunks.waiting.insert(trunk, until, waiter),
            }
        }
    }

    /// Where the clients of a tunnel go. None: it does not listen.
    pub(crate) fn trunk_of(&mut self, tunnel: u32) -> Option<u32> {
        self.trunk_of_mut(tunnel).copied()
    }

    fn trunk_of_mut(&mut self, tunnel: u32) -> Option<&mut u32> {
        let of_streams = self.trunks.tunnels.get_mut(&tunnel).map(|tunnel| &mut tunnel.trunk);
        of_streams.or_else(|| self.site.tunnels.get_mut(&tunnel).map(|tunnel| &mut tunnel.trunk))
    }
}

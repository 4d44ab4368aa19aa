//! Connections made from their parts, and fed with datagrams, without an [`Endpoint`](crate::Endpoint)
//!
//! Whoever has routing, Retry, limits against strangers and stateless resets of its own needs no endpoint, and an endpoint
//! would undo some of them: it derives keys for each Initial, and its reset tokens are those of connection IDs.

use std::{net::SocketAddr, sync::Arc};

use bytes::{Bytes, BytesMut};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{Connection, SideArgs, State};
use crate::{
    ClientConfig, ConnectError, ConnectionEvent, ConnectionId, Duration, EcnCodepoint, EndpointConfig,
    FixedLengthConnectionIdParser, Instant, InvalidCid, PacketDecodeError, PacketObserver, PartialDecode, ServerConfig,
    cid_generator::ConnectionIdGenerator,
    shared::{ConnectionEventInner, DatagramConnectionEvent},
    token::ResetToken,
    transport_parameters::TransportParameters,
};

/// Bytes of the ID that a client makes up for its first packets
const FIRST_ID_LENGTH: usize = 16;

/// The parts that both sides of a connection need
pub struct Parts {
    /// Limits of the endpoint that there is none of
    pub endpoint_config: Arc<EndpointConfig>,
    /// The one connection ID of ours, for all of the connection's life
    pub local_cid: ConnectionId,
    /// Stands for the peer: a connection whose datagrams always come from here never migrates
    pub remote: SocketAddr,
    /// All chance of this connection but that of its TLS session
    pub rng_seed: [u8; 32],
    /// Sees all packets from the first one on
    pub observer: Option<Box<dyn PacketObserver>>,
}

/// The datagram that shall begin a connection does not begin with an Initial packet
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInitial;

impl Connection {
    /// Initiates a connection
    pub fn connect_from_parts(
        mut parts: Parts,
        config: ClientConfig,
        server_name: &str,
        now: Instant,
    ) -> Result<Self, ConnectError> {
        let mut rng = StdRng::from_seed(parts.rng_seed);
        let first_id = ConnectionId::new(&rng.random::<[u8; FIRST_ID_LENGTH]>());
        let cid_gen = OneId(parts.local_cid);
        let params = TransportParameters::new(
            &config.transport,
            &parts.endpoint_config,
            &cid_gen,
            parts.local_cid,
            None,
            &mut rng,
        );
        let tls = config.crypto.start_session(config.version, server_name, &params)?;
        let mut connection = Self::new(
            parts.endpoint_config,
            config.transport,
            first_id,
            parts.local_cid,
            first_id,
            parts.remote,
            None,
            tls,
            &cid_gen,
            now,
            config.version,
            false,
            rng.random(),
            SideArgs::Client { token_store: config.token_store, server_name: server_name.into() },
        );
        connection.observe(parts.observer.take(), first_id);
        Ok(connection)
    }

    /// Makes the server's side of the connection that `datagram` begins, and handles the datagram
    ///
    /// `retried_from` is the ID that the client used before a Retry, if there was one; the token of that is for the
    /// caller to check. A datagram that is not genuine makes a connection that has heard nothing.
    pub fn accept_from_parts(
        mut parts: Parts,
        config: Arc<ServerConfig>,
        retried_from: Option<ConnectionId>,
        reset_token: Option<[u8; 16]>,
        now: Instant,
        ecn: Option<EcnCodepoint>,
        datagram: BytesMut,
    ) -> Result<Self, NotInitial> {
        let (first_decode, _) = PartialDecode::new(
            datagram.clone(),
            &FixedLengthConnectionIdParser::new(parts.local_cid.len()),
            &parts.endpoint_config.supported_versions,
            parts.endpoint_config.grease_quic_bit,
        )
        .map_err(|_| NotInitial)?;
        let header = first_decode.initial_header().ok_or(NotInitial)?.clone();
        let token = Bytes::copy_from_slice(&first_decode.data()[header.token_pos.clone()]);

        let mut rng = StdRng::from_seed(parts.rng_seed);
        let cid_gen = OneId(parts.local_cid);
        let mut params = TransportParameters::new(
            &config.transport,
            &parts.endpoint_config,
            &cid_gen,
            parts.local_cid,
            Some(&config),
            &mut rng,
        );
        params.stateless_reset_token = reset_token.map(ResetToken::from);
        params.original_dst_cid = Some(retried_from.unwrap_or(header.dst_cid));
        params.retry_src_cid = retried_from.map(|_| header.dst_cid);
        let tls = config.crypto.clone().start_session(header.version, &params);
        let mut connection = Self::new(
            parts.endpoint_config,
            config.transport.clone(),
            header.dst_cid,
            parts.local_cid,
            header.src_cid,
            parts.remote,
            None,
            tls,
            &cid_gen,
            now,
            header.version,
            false,
            rng.random(),
            SideArgs::Server { server_config: config, pref_addr_cid: None, path_validated: retried_from.is_some() },
        );
        connection.observe(parts.observer.take(), retried_from.unwrap_or(header.dst_cid));
        connection.expect_token(token);
        connection.handle_datagram(now, ecn, datagram);
        Ok(connection)
    }

    fn observe(&mut self, observer: Option<Box<dyn PacketObserver>>, first_id: ConnectionId) {
        self.observer = observer;
        if let Some(observer) = &mut self.observer {
            observer.handle_begin(&first_id);
        }
    }

    /// Says which token the client's Initial packets carry
    fn expect_token(&mut self, token: Bytes) {
        if let State::Handshake(ref mut state) = self.state {
            state.expected_token = token;
        }
    }

    /// Begins to read a datagram of this connection
    fn decode(&self, datagram: BytesMut) -> Result<(PartialDecode, Option<BytesMut>), PacketDecodeError> {
        PartialDecode::new(
            datagram,
            &FixedLengthConnectionIdParser::new(self.local_cid_state.cid_len()),
            &[self.version],
            self.endpoint_config.grease_quic_bit,
        )
    }

    /// Handles a UDP datagram of this connection's peer, or one that claims to be
    ///
    /// Returns whether it looked like a packet at all.
    pub fn handle_datagram(&mut self, now: Instant, ecn: Option<EcnCodepoint>, datagram: BytesMut) -> bool {
        let Ok((first_decode, remaining)) = self.decode(datagram) else {
            return false;
        };
        let remote = self.remote_address();
        self.handle_event(ConnectionEvent(ConnectionEventInner::Datagram(DatagramConnectionEvent {
            now,
            remote,
            ecn,
            first_decode,
            remaining,
        })));
        // No endpoint is there that could give more IDs, or stop to route one.
        while self.poll_endpoint_events().is_some() {}
        true
    }
}

/// Gives no IDs but the one that there is
struct OneId(ConnectionId);

impl ConnectionIdGenerator for OneId {
    fn generate_cid(&mut self) -> ConnectionId {
        self.0
    }

    fn validate(&self, cid: &ConnectionId) -> Result<(), InvalidCid> {
        match *cid == self.0 {
            true => Ok(()),
            false => Err(InvalidCid),
        }
    }

    fn cid_len(&self) -> usize {
        self.0.len()
    }

    fn cid_lifetime(&self) -> Option<Duration> {
        None
    }
}

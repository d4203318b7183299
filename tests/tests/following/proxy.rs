//! A line to a server that somebody can cut: it forwards what passes until it is told not to.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is about to pass.
pub(crate) struct Passing<'a> {
    /// Number of the connection, from 0.
    pub(crate) connection: usize,
    /// Whether it is an answer.
    pub(crate) answers: bool,
    pub(crate) bytes: &'a [u8],
}

/// How much of it passes; less than all of it cuts the connection there.
type Judge = dyn FnMut(&Passing<'_>) -> usize + Send;

/// Listens in front of a server's port, and returns its own.
pub(crate) fn before(port: u16, judge: impl FnMut(&Passing<'_>) -> usize + Send + 'static) -> u16 {
    let judge: Arc<Mutex<Box<Judge>>> = Arc::new(Mutex::new(Box::new(judge)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for (connection, client) in listener.incoming().map_while(Result::ok).enumerate() {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let ways = [
                (client.try_clone().unwrap(), server.try_clone().unwrap(), false),
                (server, client, true),
            ];
            for (from, to, answers) in ways {
                let judge = Arc::clone(&judge);
                std::thread::spawn(move || pass(connection, (from, to), answers, &judge));
            }
        }
    });
    own
}

fn pass(
    connection: usize,
    (mut from, mut to): (TcpStream, TcpStream),
    answers: bool,
    judge: &Mutex<Box<Judge>>,
) {
    let mut buffer = vec![0; 1 << 14];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        let passes = judge.lock().unwrap()(&Passing { connection, answers, bytes });
        if to.write_all(&bytes[..passes.min(count)]).is_err() || passes < count {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

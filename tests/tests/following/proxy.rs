//! A line to a server that somebody can cut or muddle: it forwards what passes until it is told not to.

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

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Passes,
    /// So many bytes pass, and the connection is cut there.
    Cut(usize),
    /// What comes after so many bytes passes before them.
    Swapped(usize),
}

type Judge = dyn FnMut(&Passing<'_>) -> Fate + Send;

/// Listens in front of a server's port, and returns its own.
pub(crate) fn before(port: u16, judge: impl FnMut(&Passing<'_>) -> Fate + Send + 'static) -> u16 {
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
        let fate = judge.lock().unwrap()(&Passing { connection, answers, bytes });
        let written = match fate {
            Fate::Passes => to.write_all(bytes),
            Fate::Cut(at) => to.write_all(&bytes[..at]),
            Fate::Swapped(at) => to.write_all(&[&bytes[at..], &bytes[..at]].concat()),
        };
        if written.is_err() || matches!(fate, Fate::Cut(_)) {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

//! A gate before a server: it lets everything through until words have been sent so often, and holds what
//! comes with them back until it is opened. What a journey does meanwhile, it does while an answer is due.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::desktop::wait;

/// What is known of the words that have passed.
#[derive(Debug)]
struct Passage {
    words: &'static str,
    /// How often they still pass; none where everything does.
    left: Option<usize>,
    is_held: bool,
}

/// What the threads of a gate share.
#[derive(Debug)]
struct Bar {
    passage: Mutex<Passage>,
    opened: Condvar,
}

impl Bar {
    fn passage(&self) -> MutexGuard<'_, Passage> {
        self.passage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while what is sent has to wait.
    fn pass(&self, sent: &[u8]) {
        let mut passage = self.passage();
        let words = passage.words.as_bytes();
        let said = sent.windows(words.len()).filter(|window| *window == words).count();
        for _ in 0..said {
            match &mut passage.left {
                Some(0) => {
                    passage.is_held = true;
                    while passage.left.is_some() {
                        passage = self.opened.wait(passage).unwrap_or_else(PoisonError::into_inner);
                    }
                }
                Some(left) => *left -= 1,
                None => {}
            }
        }
    }
}

/// The gate. Whoever comes through it comes to the server.
#[derive(Debug)]
pub(crate) struct Gate {
    port: u16,
    bar: Arc<Bar>,
}

impl Gate {
    /// A gate before the server at a port of this machine, which closes when these words come once more than
    /// so often.
    pub(crate) fn before(server: u16, words: &'static str, often: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let passage = Passage { words, left: Some(often), is_held: false };
        let bar = Arc::new(Bar { passage: Mutex::new(passage), opened: Condvar::new() });
        let kept = Arc::clone(&bar);
        // It ends with the test.
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server));
                let Ok(server) = server else { continue };
                let (Ok(from), Ok(to)) = (client.try_clone(), server.try_clone()) else { continue };
                let bar = Arc::clone(&kept);
                std::thread::spawn(move || forward(from, to, |sent| bar.pass(sent)));
                std::thread::spawn(move || forward(server, client, |_| {}));
            }
        });
        Self { port, bar }
    }

    /// The port to come to in the place of the server's.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until something is held back.
    #[track_caller]
    pub(crate) fn holds(&self) {
        wait("the gate to hold something back", || self.bar.passage().is_held);
    }

    /// Lets everything through from now on.
    pub(crate) fn open(&self) {
        self.bar.passage().left = None;
        self.bar.opened.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

/// Hands on what comes until one of both ends.
fn forward(mut from: TcpStream, mut to: TcpStream, before: impl Fn(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        before(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    // The other may have ended already.
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

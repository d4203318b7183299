//! A small client of the W3C WebDriver protocol, for exactly what the journeys need.
//!
//! WebKitWebDriver is spoken to directly. It takes no other capability than its own; it never answers
//! the screenshot call while `WEBKIT_DISABLE_DMABUF_RENDERER` is set, so pictures are taken of the
//! display instead (`desktop.rs`).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

/// No call takes longer than this; one that does is a failure of its own.
const CALL_MAX: Duration = Duration::from_secs(30);

/// The name under which the protocol keeps the reference of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the driver answered instead of what was asked for.
#[derive(Debug)]
pub(crate) struct DriverError {
    /// Its code, such as `no such element`; `transport` when the call did not get through.
    pub(crate) code: String,
    /// Its words.
    pub(crate) message: String,
}

impl std::fmt::Display for DriverError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

fn transport(message: impl std::fmt::Display) -> DriverError {
    DriverError { code: "transport".to_owned(), message: message.to_string() }
}

/// An element of the page, as the driver refers to it.
#[derive(Debug, Clone)]
pub(crate) struct Element(String);

impl Element {
    /// The element that a script returned.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        value[ELEMENT].as_str().map(|reference| Self(reference.to_owned()))
    }
}

impl From<&Element> for Value {
    fn from(element: &Element) -> Self {
        json!({ (ELEMENT): element.0 })
    }
}

/// A session: the program runs as long as it lasts.
#[derive(Debug)]
pub(crate) struct Driver {
    address: SocketAddr,
    session: String,
}

impl Driver {
    /// Starts the program.
    pub(crate) fn start(
        address: SocketAddr,
        program: &Path,
        arguments: &[String],
    ) -> Result<Self, DriverError> {
        let options = json!({ "binary": program, "args": arguments });
        let body = json!({
            "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } }
        });
        let value = call(address, "POST", "/session", Some(&body))?;
        let session = value["sessionId"].as_str().ok_or_else(|| transport("no session id"))?;
        Ok(Self { address, session: session.to_owned() })
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, DriverError> {
        call(self.address, "POST", &format!("/session/{}{path}", self.session), Some(body))
    }

    fn get(&self, path: &str) -> Result<Value, DriverError> {
        call(self.address, "GET", &format!("/session/{}{path}", self.session), None)
    }

    /// Ends the session and with it the program.
    pub(crate) fn end(&self) {
        let _ = call(self.address, "DELETE", &format!("/session/{}", self.session), None);
    }

    /// Clicks an element in its middle.
    pub(crate) fn click(&self, element: &Element) -> Result<(), DriverError> {
        self.post(&format!("/element/{}/click", element.0), &json!({})).map(drop)
    }

    /// Empties a field.
    pub(crate) fn clear(&self, element: &Element) -> Result<(), DriverError> {
        self.post(&format!("/element/{}/clear", element.0), &json!({})).map(drop)
    }

    /// Types into an element.
    pub(crate) fn type_into(&self, element: &Element, text: &str) -> Result<(), DriverError> {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text })).map(drop)
    }

    /// Presses keys together, as the W3C names them: `\u{E009}` is Ctrl, `\u{E00A}` Alt.
    pub(crate) fn press(&self, keys: &[char]) -> Result<(), DriverError> {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let up = keys.iter().rev().map(|key| json!({ "type": "keyUp", "value": key }));
        let actions: Vec<Value> = down.chain(up).collect();
        let body = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.post("/actions", &body).map(drop)
    }

    /// Runs a script in the page; `arguments[0]` and so on are what it is given.
    pub(crate) fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, DriverError> {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// As [`Driver::run`], for a script that calls its last argument when it is done.
    pub(crate) fn run_until_called(
        &self,
        script: &str,
        arguments: &[Value],
    ) -> Result<Value, DriverError> {
        self.post("/execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// Puts the window somewhere: left, top, width and height.
    pub(crate) fn place_window(&self, place: [u32; 4]) -> Result<(), DriverError> {
        let [x, y, width, height] = place;
        let body = json!({ "x": x, "y": y, "width": width, "height": height });
        self.post("/window/rect", &body).map(drop)
    }

    /// Where the window is: left, top, width and height.
    pub(crate) fn window_place(&self) -> Result<[u64; 4], DriverError> {
        let place = self.get("/window/rect")?;
        Ok(["x", "y", "width", "height"].map(|name| place[name].as_u64().unwrap_or_default()))
    }

    /// The title of the window.
    pub(crate) fn title(&self) -> Result<String, DriverError> {
        Ok(self.get("/title")?.as_str().unwrap_or_default().to_owned())
    }
}

/// Whether the driver answers.
pub(crate) fn is_ready(address: SocketAddr) -> bool {
    call(address, "GET", "/status", None).is_ok_and(|value| value["ready"] == json!(true))
}

/// One HTTP exchange on a connection of its own.
fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, DriverError> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect_timeout(&address, CALL_MAX).map_err(transport)?;
    stream.set_read_timeout(Some(CALL_MAX)).map_err(transport)?;
    stream.set_write_timeout(Some(CALL_MAX)).map_err(transport)?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .map_err(transport)?;
    let answer =
        read_answer(&mut stream).map_err(|error| transport(format!("{method} {path}: {error}")))?;
    let answer: Value = serde_json::from_slice(&answer).map_err(transport)?;
    let value = answer["value"].clone();
    match value["error"].as_str() {
        Some(code) => Err(DriverError {
            code: code.to_owned(),
            message: value["message"].as_str().unwrap_or_default().to_owned(),
        }),
        None => Ok(value),
    }
}

/// The body of the answer. The driver keeps the connection open, so its length decides.
fn read_answer(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = stream.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..count]);
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(head) = head {
            let length = content_length(&bytes[..head]);
            if length.is_some_and(|length| bytes.len() >= head + 4 + length) || count == 0 {
                return Ok(bytes.split_off(head + 4));
            }
        } else if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let line = head.lines().find_map(|line| {
        line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
    })?;
    line.1.trim().parse().ok()
}

//! Chromium without a window, driven through `chromedriver` as <https://www.w3.org/TR/webdriver2/> says: HTTP and JSON on
//! loopback, written out here since it is little.

use std::{
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

/// What WebDriver calls an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser; it ends with this.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

/// A program of one of these names on the path.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let found = names.iter().flat_map(|name| env::split_paths(&path).map(move |folder| folder.join(name)));
    found.into_iter().find(|file| file.is_file())
}

impl Browser {
    /// Starts one. Where there is none the test is skipped, and says so past the test runner; with `ORDAIN_BROWSER=required`
    /// it fails.
    pub(crate) fn start() -> Option<Self> {
        let chromium = program(&["chromium", "chromium-browser", "google-chrome", "chrome"]);
        let (Some(chromium), Some(driver)) = (chromium, program(&["chromedriver"])) else {
            let missing = "the report was NOT tried in a browser: chromium and chromedriver are not both there \
                           (Debian: apt-get install chromium chromium-driver)";
            assert!(env::var("ORDAIN_BROWSER").as_deref() != Ok("required"), "{missing}");
            // Not eprintln!, which the test runner keeps to itself.
            writeln!(std::io::stderr(), "\nSKIPPED: {missing}\n").expect("standard error");
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let said = BufReader::new(driver.stdout.take().expect("its output")).lines().map_while(Result::ok);
        let port = said
            .filter_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok())
            .next()
            .expect("chromedriver says its port");
        let mut browser = Self { driver, port, session: String::new() };
        let args =
            ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,900"];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"binary": chromium, "args": args},
            "goog:loggingPrefs": {"performance": "ALL", "browser": "ALL"},
        }}});
        let answer = browser.ask("POST", "/session", &wanted);
        browser.session = answer["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {answer}")).to_owned();
        Some(browser)
    }

    /// One request to the driver; its answer's value.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the driver listens");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a limit");
        let (port, length) = (self.port, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all((head + &body).as_bytes()).expect("it takes requests");
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("an answer");
            if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
                length = told.trim().parse().expect("a length");
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        reader.read_exact(&mut bytes).expect("the whole answer");
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}{path}", self.session), body)
    }

    /// Opens a file.
    pub(crate) fn open(&self, file: &Path) {
        self.post("/url", &json!({"url": format!("file://{}", file.display())}));
    }

    /// What a function body of JavaScript returns.
    pub(crate) fn js(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What an expression is, as text.
    #[track_caller]
    pub(crate) fn text(&self, expression: &str) -> String {
        let told = self.js(&format!("return String({expression})"));
        told.as_str().expect("text").to_owned()
    }

    /// What an expression is, as a number.
    #[track_caller]
    pub(crate) fn number(&self, expression: &str) -> usize {
        let told = self.js(&format!("return {expression}"));
        told.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_else(|| panic!("{expression}: {told}"))
    }

    /// Clicks where a person would; refused where something lies over it.
    pub(crate) fn click(&self, css: &str) {
        let found = self.post("/element", &json!({"using": "css selector", "value": css}));
        let id = found[ELEMENT].as_str().expect("an element");
        self.post(&format!("/element/{id}/click"), &json!({}));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) fn press(&self, keys: &[Key]) {
        let actions: Vec<_> = keys
            .iter()
            .flat_map(|key| {
                let key = key.code();
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Types a text, wherever the focus is.
    pub(crate) fn write(&self, text: &str) {
        self.press(&text.chars().map(Key::Letter).collect::<Vec<_>>());
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn devtools(&self, command: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// A screen of this width.
    pub(crate) fn width(&self, width: u32) {
        let screen = json!({"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// A reader who likes it dark, or light.
    pub(crate) fn scheme(&self, scheme: &str) {
        let wish = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", &wish);
    }

    /// The addresses that were asked for since the last time, but the page's own.
    pub(crate) fn asked(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "performance"}));
        let lines = log.as_array().expect("a log").iter().filter_map(|line| line["message"].as_str());
        let events = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON")["message"].clone());
        let asked = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        let asked = asked.filter(|event| event["params"]["type"] != "Document");
        asked.filter_map(|event| Some(event["params"]["request"]["url"].as_str()?.to_owned())).collect()
    }

    /// What the browser complained of since the last time.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        let lines = log.as_array().expect("a log").iter();
        lines.filter_map(|line| line["message"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        // Asked to end, it takes its browser along.
        if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let request =
                format!("GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port);
            let _ = stream.write_all(request.as_bytes());
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = stream.read_to_end(&mut Vec::new());
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A key, by WebDriver's code.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    Tab,
    Enter,
    Escape,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    Letter(char),
}

impl Key {
    fn code(self) -> String {
        let code = match self {
            Self::Tab => '\u{e004}',
            Self::Enter => '\u{e007}',
            Self::Escape => '\u{e00c}',
            Self::Left => '\u{e012}',
            Self::Right => '\u{e014}',
            Self::Up => '\u{e013}',
            Self::Down => '\u{e015}',
            Self::Home => '\u{e011}',
            Self::End => '\u{e010}',
            Self::Letter(letter) => letter,
        };
        code.to_string()
    }
}

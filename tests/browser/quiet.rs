use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::json;

use super::{
    driver::Browser,
    pages,
    support::{Lab, org, repo, state},
};

/// Texts that would run or load something, were they markup.
const HOSTILE: [&str; 6] = [
    "<script>window.owned = 1</script>",
    "\" onmouseover=\"window.owned = 2\" x=\"",
    "</style><img src=http://127.0.0.1:9/a onerror=window.owned=3>",
    "</code></pre></article><svg onload=window.owned=4>",
    "' onfocus='window.owned=5' autofocus tabindex='0",
    "<iframe srcdoc='<script>parent.owned=6</script>'></iframe><base href=http://127.0.0.1:9/>",
];

/// A lab in which everything that may be any text is hostile.
fn hostile() -> Lab {
    let mut web = repo("web").set("description", json!(HOSTILE.join(" "))).alerts(false);
    for (number, text) in HOSTILE.iter().enumerate() {
        web = web.file(&format!("{number}.md"), text);
    }
    let toml = |text: &str| serde_json::to_string(text).expect("a text is a text in TOML too");
    let files: Vec<String> = HOSTILE
        .iter()
        .enumerate()
        .map(|(number, text)| {
            format!("[repo.files.\"{number}.md\"]\ncontent = {}\nensure = \"exact\"\n", toml(&format!("{text}!")))
        })
        .collect();
    let rule = format!(
        "description = {all}\n[repo]\ndescription = {{ value = {other}, reason = {all} }}\n\
         dependabot_alerts = {{ value = true, reason = {all} }}\n\n{}",
        files.join("\n"),
        all = toml(&HOSTILE.join(" ")),
        other = toml(&HOSTILE.concat()),
    );
    let waivers = format!(
        "[[waiver]]\nrepo = \"acme/web\"\nsetting = \"dependabot_alerts\"\nreason = {0}\nowner = {0}\nlink = {1}\nexpires = 2099-01-01\n",
        toml(&HOSTILE.join(" ")),
        toml("https://127.0.0.1:9/\"onmouseover=\"window.owned=7"),
    );
    let lab = Lab::new(&state([org("acme").repo(web)]));
    lab.write_policy(&[("rules/'onclick='owned=8.toml", &rule), ("waivers.toml", &waivers)]);
    lab
}

/// A door that nobody should knock at, and how often somebody has.
fn door() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let visits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&visits);
    thread::spawn(move || listener.incoming().for_each(|_| _ = count.fetch_add(1, Ordering::SeqCst)));
    (address, visits)
}

#[test]
fn nothing_in_it_runs_and_nothing_is_asked_for() {
    let Some(browser) = Browser::start() else { return };
    // That the watch would see a request: in the browser's log, and where it would arrive.
    let (address, visits) = door();
    let there = format!("http://{address}/seen");
    let control = format!("<!doctype html><img src={there}><script>window.owned = 0</script>");
    browser.open(&pages::keep("control", &control));
    assert!(browser.asked().contains(&there));
    assert!(visits.swap(0, Ordering::SeqCst) > 0, "the control page asks");
    assert_eq!(browser.text("window.owned"), "0");
    browser.complaints();

    let lab = hostile();
    for name in ["plan", "drift"] {
        let page = lab.run(&[name, "--format", "html"]);
        let known = page.stdout.matches("window.owned").count();
        assert!(known > 20, "the hostile texts are in the {name}: {known}");
        browser.asked();
        browser.open(&pages::keep(&format!("hostile-{name}"), &page.stdout));
        // Opened, focused and pointed at: what waits for an event gets it.
        let marks = browser.number("document.querySelectorAll('#matrix td > a').length");
        assert!(marks >= 3, "{marks}");
        for mark in 0..marks {
            browser.js(&format!("document.querySelectorAll('#matrix td > a')[{mark}].click()"));
            browser.js(
                "document.querySelectorAll('*').forEach(one => { for (const name of ['mouseover', 'focus', 'click', 'load']) \
                 if (!one.closest('#matrix')) one.dispatchEvent(new Event(name)) }); document.querySelector('dialog').close()",
            );
        }
        assert_eq!(browser.text("window.owned"), "undefined");
        let tags =
            "document.querySelectorAll('script, style, link, img, iframe, base, object, embed, [src], [srcdoc]')";
        assert_eq!(browser.number(&format!("{tags}.length")), 2, "its own style and script");
        let events = "Array.from(document.querySelectorAll('*')).flatMap(one => one.getAttributeNames())\
                      .filter(name => name.startsWith('on') || name === 'autofocus' || name === 'style').length";
        assert_eq!(browser.number(events), 0);
        let shown = browser.text("document.querySelector('main').textContent");
        for text in &HOSTILE[..2] {
            assert!(shown.contains(text), "{text} is shown as it is");
        }
        assert_eq!(browser.asked(), [""; 0]);
        assert_eq!(browser.complaints(), [""; 0]);
        policy_holds(&browser, address);
        assert_eq!(visits.load(Ordering::SeqCst), 0, "nothing arrives");
    }
}

/// Should something slip through the escaping, the page's own policy stops it.
fn policy_holds(browser: &Browser, there: SocketAddr) {
    browser.js(&format!(
        "const one = document.createElement('script'); \
         try {{ one.textContent = 'window.owned = 10'; document.body.append(one) }} catch (e) {{ window.refused = e.name }} \
         try {{ document.body.insertAdjacentHTML('beforeend', '<b id=slipped>x</b>') }} catch (e) {{ window.refused = e.name }} \
         const img = new Image(); img.src = 'http://{there}/slipped'; document.body.append(img)",
    ));
    assert_eq!(browser.text("window.owned"), "undefined");
    assert_eq!(browser.text("window.refused"), "TypeError");
    assert_eq!(browser.number("document.querySelectorAll('#slipped').length"), 0);
    assert!(browser.complaints().iter().any(|line| line.contains("Content Security Policy")));
    browser.asked();
}

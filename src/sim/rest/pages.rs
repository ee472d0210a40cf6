//! Pages of lists: by number, and by cursor, with GitHub's `Link` header.

use serde_json::{Value, json};

use super::{Ctx, Reply};
use crate::sim::http::encode;

impl Ctx<'_> {
    fn per_page(&self) -> usize {
        // Of variables GitHub shows at most thirty a page, whatever is asked for.
        let most = if self.path.ends_with("/actions/variables") { 30 } else { 100 };
        self.param("per_page").and_then(|p| p.parse().ok()).unwrap_or(30_usize).clamp(1, most)
    }

    /// Returns the address of this request with other values for some names of the query.
    fn link(&self, set: &[(&str, String)]) -> String {
        let path = self.path.strip_prefix("/api/v3").unwrap_or(&self.path);
        let kept =
            self.query.iter().filter(|(k, _)| !set.iter().any(|(name, _)| name == k) && k != "before" && k != "after");
        let mut pairs: Vec<String> = kept.map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        pairs.extend(set.iter().map(|(k, v)| format!("{k}={}", encode(v))));
        format!("{}{path}?{}", self.base, pairs.join("&"))
    }

    /// Cuts out the page that was asked for, and says in `Link` where the others are.
    fn cut<T>(&self, items: Vec<T>) -> (Vec<T>, Option<String>) {
        let (size, total) = (self.per_page(), items.len());
        let page = self.param("page").and_then(|p| p.parse().ok()).unwrap_or(1_usize).max(1);
        let last = total.div_ceil(size).max(1);
        let mut links = Vec::new();
        let mut add = |rel: &str, page: usize| {
            links.push(format!("<{}>; rel=\"{rel}\"", self.link(&[("page", page.to_string())])));
        };
        if page > 1 {
            add("prev", (page - 1).min(last));
        }
        if page < last {
            add("next", page + 1);
            add("last", last);
        }
        if page > 1 {
            add("first", 1);
        }
        let items = items.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        (items, (!links.is_empty()).then(|| links.join(", ")))
    }

    /// Answers a page of a list.
    pub(crate) fn paged<T>(&self, items: Vec<T>, shape: impl Fn(&T) -> Value) -> Reply {
        let (items, link) = self.cut(items);
        with_link(Reply::json(200, items.iter().map(shape).collect()), link)
    }

    /// Answers a page of a list that is wrapped with its total.
    pub(crate) fn paged_in<T>(&self, key: &str, items: Vec<T>, shape: impl Fn(&T) -> Value) -> Reply {
        let total = items.len();
        let (items, link) = self.cut(items);
        let list: Vec<Value> = items.iter().map(shape).collect();
        with_link(Reply::json(200, json!({"total_count": total, key: list})), link)
    }

    /// Answers a page of a list that goes by cursor; `key` gives each item's number.
    pub(crate) fn by_cursor<T>(&self, items: Vec<T>, key: impl Fn(&T) -> u64) -> (Vec<T>, Option<String>) {
        let size = self.per_page();
        let number = |name: &str| self.param(name).and_then(|c| c.trim_start_matches("Y3Vyc29y").parse::<u64>().ok());
        let place = |id: u64| items.iter().position(|item| key(item) == id);
        let start = match (number("after"), number("before")) {
            (Some(id), _) => place(id).map_or(items.len(), |at| at + 1),
            (None, Some(id)) => place(id).map_or(0, |at| at.saturating_sub(size)),
            (None, None) => 0,
        };
        let end = (start + size).min(items.len());
        let mut links = Vec::new();
        if let Some(last) = items.get(end.wrapping_sub(1)).filter(|_| end < items.len()) {
            links.push(format!("<{}>; rel=\"next\"", self.link(&[("after", format!("Y3Vyc29y{}", key(last)))])));
        }
        if let Some(first) = items.get(start).filter(|_| start > 0) {
            links.push(format!("<{}>; rel=\"prev\"", self.link(&[("before", format!("Y3Vyc29y{}", key(first)))])));
        }
        let items = items.into_iter().skip(start).take(size).collect();
        (items, (!links.is_empty()).then(|| links.join(", ")))
    }

    /// Answers a page by cursor out of many things in the order of their numbers, of which only some are listed: it looks at no
    /// more of them than the page needs.
    pub(crate) fn of_many<T>(
        &self,
        all: &[usize],
        number: impl Fn(&usize) -> u64,
        listed: impl Fn(&usize) -> Option<T>,
    ) -> (Vec<T>, Option<String>) {
        let size = self.per_page();
        let cursor = |name: &str| self.param(name).and_then(|c| c.trim_start_matches("Y3Vyc29y").parse::<u64>().ok());
        let start = match (cursor("after"), cursor("before")) {
            (Some(id), _) => all.partition_point(|place| number(place) <= id),
            (None, Some(id)) => {
                let end = all.partition_point(|place| number(place) < id);
                let places = all.iter().enumerate().take(end).rev().filter(|(_, place)| listed(place).is_some());
                places.take(size).last().map_or(end, |(at, _)| at)
            }
            (None, None) => 0,
        };
        let mut page = Vec::new();
        let mut links = Vec::new();
        let mut ends = None;
        for place in all.iter().skip(start) {
            let Some(item) = listed(place) else { continue };
            let (first, last) = ends.unwrap_or((number(place), 0));
            if page.len() == size {
                links.push(format!("<{}>; rel=\"next\"", self.link(&[("after", format!("Y3Vyc29y{last}"))])));
                break;
            }
            ends = Some((first, number(place)));
            page.push(item);
        }
        let before = all.iter().take(start).any(|place| listed(place).is_some());
        if let Some((first, _)) = ends.filter(|_| before) {
            links.push(format!("<{}>; rel=\"prev\"", self.link(&[("before", format!("Y3Vyc29y{first}"))])));
        }
        (page, (!links.is_empty()).then(|| links.join(", ")))
    }
}

/// Adds a `Link` header where there is one.
pub(super) fn with_link(reply: Reply, link: Option<String>) -> Reply {
    match link {
        Some(link) => reply.header("link", link),
        None => reply,
    }
}

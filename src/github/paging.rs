//! Lists that span pages: numbered ones are fetched side by side once the first page told how many there are; those with
//! cursors one after the other.

use futures::{StreamExt, TryStreamExt, stream};
use http::{HeaderMap, header};
use serde_json::Value;

use super::{Client, GithubError, Wants};
use crate::model::Org;

/// Items of a full page.
const FULL: usize = 100;
/// Pages fetched at once.
const SIDE_BY_SIDE: usize = 8;
/// A list that does not end after this many pages is a server's mistake.
const MOST_PAGES: u32 = 100_000;

/// A page of a list.
struct Page {
    list: Vec<Value>,
    next: Option<String>,
    /// The number of the last page, where pages have numbers.
    last: Option<u32>,
}

/// How many pages a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// So many.
    Told(u32),
    /// More than one: a list with a cursor does not tell how many.
    More,
}

/// A list, and what is read of it.
#[derive(Clone, Copy)]
pub struct ListOf<'a> {
    /// Where it is, below the REST address.
    pub path: &'a str,
    /// The key under which each page holds the items, if a page is an object.
    pub items: Option<&'a str>,
    /// Which fields are wanted; none: all of them.
    pub wants: Option<&'a Wants<'a>>,
}

/// Makes of a page what is kept of it.
type Convert<'c, T> = dyn Fn(Vec<Value>) -> Vec<T> + Sync + 'c;
/// Takes what is kept of a page.
type Take<'t, T> = dyn FnMut(Vec<T>) + Send + 't;

impl Client {
    /// The first page of a list, and how many there are.
    ///
    /// # Errors
    /// If it could not be read.
    pub async fn first_page(
        &self,
        org: &Org,
        path: &str,
        items: Option<&str>,
    ) -> Result<(Vec<Value>, Pages), GithubError> {
        let Page { list, next, last } =
            self.one_page(org, &with_query(path, "per_page=100"), items, FULL, None).await?;
        let pages = match next {
            None => Pages::Told(1),
            Some(_) => last.map_or(Pages::More, Pages::Told),
        };
        Ok((list, pages))
    }

    /// One page of a list with numbered pages.
    ///
    /// # Errors
    /// If it could not be read.
    pub async fn page(
        &self,
        org: &Org,
        path: &str,
        items: Option<&str>,
        number: u32,
    ) -> Result<Vec<Value>, GithubError> {
        let path = with_query(&with_query(path, "per_page=100"), &format!("page={number}"));
        page_items(&path, self.get(org, &path).await?.body, items)
    }

    /// All items of a list, over all its pages. `items` is the key under which each page holds them, if it is an object.
    ///
    /// # Errors
    /// The first page that could not be read; half a list is no list.
    pub async fn list(&self, org: &Org, path: &str, items: Option<&str>) -> Result<Vec<Value>, GithubError> {
        let mut all = Vec::new();
        let list = ListOf { path, items, wants: None };
        self.pages(org, list, &|page| page, &mut |page: Vec<Value>| all.extend(page)).await?;
        Ok(all)
    }

    /// Hands every page's items to `take`, in order. `convert` makes of a page what is kept of it as soon as it is there: several
    /// wait at once for their turn, and as they come they are large.
    ///
    /// # Errors
    /// The first page that could not be read.
    pub async fn pages<T>(
        &self,
        org: &Org,
        list: ListOf<'_>,
        convert: &Convert<'_, T>,
        take: &mut Take<'_, T>,
    ) -> Result<(), GithubError> {
        let ListOf { path, items, wants } = list;
        let first = with_query(path, "per_page=100");
        let Page { list: page, next, last } = self.one_page(org, &first, items, FULL, wants).await?;
        let full = page.len().min(FULL);
        take(convert(page));
        let Some(next) = next else { return Ok(()) };
        let last = match last {
            Some(last) if page_number(&next) == Some(2) && last <= MOST_PAGES => last,
            _ => return self.follow(org, (next, full), list, convert, take).await,
        };
        // The last page says itself whether it is the last: the first may have been kept when there were fewer.
        let rest = (2..=last).map(|page| {
            let path = with_query(&first, &format!("page={page}"));
            async move {
                let full = if page == last { full } else { usize::MAX };
                let page = self.one_page(org, &path, items, full, wants).await?;
                Ok((convert(page.list), page.next))
            }
        });
        let mut more = None;
        stream::iter(rest)
            .buffered(SIDE_BY_SIDE)
            .try_for_each(|(page, next)| {
                take(page);
                more = next;
                async { Ok(()) }
            })
            .await?;
        match more {
            Some(next) => self.follow(org, (next, full), list, convert, take).await,
            None => Ok(()),
        }
    }

    /// One page. The end of a list that was kept is asked for again if it holds as many as a page can: pages that were added
    /// behind it change its links and not its body, so that GitHub says it is as it was.
    async fn one_page(
        &self,
        org: &Org,
        path: &str,
        items: Option<&str>,
        full: usize,
        wants: Option<&Wants<'_>>,
    ) -> Result<Page, GithubError> {
        let mut response = self.read(org, path, true, wants).await?;
        if response.not_modified && link(&response.headers, "next").is_none() {
            let list = response.body.as_array().or_else(|| response.body.get(items?)?.as_array());
            if list.is_none_or(|list| list.len() >= full) {
                response = self.read(org, path, false, wants).await?;
            }
        }
        let next = link(&response.headers, "next");
        let last = link(&response.headers, "last").as_deref().and_then(page_number);
        Ok(Page { list: page_items(path, response.body, items)?, next, last })
    }

    async fn follow<T>(
        &self,
        org: &Org,
        (next, full): (String, usize),
        ListOf { items, wants, .. }: ListOf<'_>,
        convert: &Convert<'_, T>,
        take: &mut Take<'_, T>,
    ) -> Result<(), GithubError> {
        let mut next = Some(next);
        let mut pages = 0;
        while let Some(url) = next.take() {
            let Some(path) = self.address().page_path_of(&url) else {
                let message = "its link to the next page is none".to_owned();
                return Err(GithubError::Malformed { call: "GET".into(), message });
            };
            let page = self.one_page(org, &path, items, full, wants).await?;
            next = page.next.filter(|link| *link != url);
            take(convert(page.list));
            pages += 1;
            if pages >= MOST_PAGES {
                let message = format!("the list does not end after {MOST_PAGES} pages");
                return Err(GithubError::Malformed { call: format!("GET {path}"), message });
            }
        }
        Ok(())
    }
}

fn page_items(path: &str, body: Value, items: Option<&str>) -> Result<Vec<Value>, GithubError> {
    let list = match (items, body) {
        (Some(key), Value::Object(mut object)) => object.remove(key),
        (_, body) => Some(body),
    };
    match list {
        // GitHub has no pages of anything but objects. One that is missing is for the caller to count.
        Some(Value::Array(list)) if list.iter().all(|item| item.is_object() || item.is_null()) => Ok(list),
        _ => Err(GithubError::Malformed { call: format!("GET {path}"), message: "it is not a list".into() }),
    }
}

fn with_query(path: &str, query: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{query}")
}

/// The link with this relation of a `Link` header.
fn link(headers: &HeaderMap, rel: &str) -> Option<String> {
    let header = headers.get(header::LINK)?.to_str().ok()?;
    let wanted = format!("rel=\"{rel}\"");
    let part = header.split(',').find(|part| part.split(';').skip(1).any(|p| p.trim() == wanted))?;
    Some(part.split('<').nth(1)?.split('>').next()?.to_owned())
}

/// The number of a numbered page's link; `None` for cursors.
fn page_number(link: &str) -> Option<u32> {
    let query = link.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.strip_prefix("page="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read() {
        let mut headers = HeaderMap::new();
        let text = "<https://h/x?per_page=100&page=2>; rel=\"next\", <https://h/x?per_page=100&page=7>; rel=\"last\"";
        headers.insert(header::LINK, text.parse().expect("a header"));
        assert_eq!(link(&headers, "next").as_deref().and_then(page_number), Some(2));
        assert_eq!(link(&headers, "last").as_deref().and_then(page_number), Some(7));
        assert_eq!(link(&headers, "prev"), None);
        assert_eq!(page_number("https://h/x?after=abc&per_page=100"), None);
    }

    #[test]
    fn a_page_that_is_no_list_is_said() {
        let items = |body, key| page_items("/x", body, key);
        assert!(items(serde_json::json!({"workflows": [{"id": 1}]}), Some("workflows")).is_ok());
        assert!(items(serde_json::json!({"message": "hm"}), None).is_err());
        assert!(items(serde_json::json!(["what", {"is": "this"}]), None).is_err());
    }
}

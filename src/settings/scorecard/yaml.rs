//! YAML of strangers, read within bounds: the size of the file, the depth of nesting (the parser's own limit), the work of
//! scanning, and the number of values after aliases are resolved, so that a file cannot make us run out of time or memory.

use std::{cell::Cell, collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// GitHub cuts off what is larger.
const LARGEST: usize = 1 << 20;
/// Far beyond any workflow that people write, like the two below.
const MOST_NODES: usize = 100_000;
/// The scanner looks at every open bracket again for each token.
const MOST_SCANNING: usize = 1 << 28;
/// Each directive is compared with all before it.
const MOST_DIRECTIVES: usize = 8;

/// A YAML value. Scalars are kept as texts: `true`, `1.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Nothing.
    Null,
    /// A text, number or bool.
    Scalar(String),
    /// A sequence.
    List(Vec<Self>),
    /// A mapping; merge keys (`<<`) are resolved.
    Map(BTreeMap<String, Self>),
}

/// A document, or why it cannot be read.
pub(super) type Parsed = Result<Node, String>;

impl Node {
    /// Parses one document.
    ///
    /// # Errors
    /// Why it is not valid, or that it is too large.
    pub(super) fn parse(text: &str) -> Parsed {
        if text.len() > LARGEST {
            return Err("it is over 1 MiB".into());
        }
        // Brackets may stand in texts and comments, so this counts too many; ordinary files are a thousand times below it.
        let brackets = text.bytes().filter(|b| matches!(b, b'[' | b'{')).count();
        if brackets.saturating_mul(text.len()) > MOST_SCANNING {
            return Err("it has too many brackets for its size".into());
        }
        if text.lines().filter(|line| line.starts_with('%')).count() > MOST_DIRECTIVES {
            return Err("it has too many directives".into());
        }
        let left = Cell::new(MOST_NODES);
        Seed(&left).deserialize(yaml_serde::Deserializer::from_str(text)).map_err(|error| error.to_string())
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries()?.get(key)
    }

    /// The entries of a mapping.
    pub(super) const fn entries(&self) -> Option<&BTreeMap<String, Self>> {
        if let Self::Map(entries) = self { Some(entries) } else { None }
    }

    /// The items of a sequence; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Scalar(text) = self { Some(text) } else { None }
    }

    /// The text, or the texts of a sequence.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar(text) => vec![text],
            Self::List(items) => items.iter().filter_map(Self::text).collect(),
            Self::Null | Self::Map(_) => Vec::new(),
        }
    }
}

/// Builds a node while values are left to spend.
#[derive(Clone, Copy)]
struct Seed<'a>(&'a Cell<usize>);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| D::Error::custom("it has too many values"))?;
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain YAML without tags")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = access.next_key_seed(self)? {
            let key = match key {
                Node::Scalar(key) => key,
                Node::Null => "null".to_owned(),
                Node::List(_) | Node::Map(_) => return Err(A::Error::custom("a key is not a text")),
            };
            let value = access.next_value_seed(self)?;
            if entries.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            entries.insert(key, value);
        }
        if let Some(merged) = entries.remove("<<") {
            merge(&mut entries, merged);
        }
        Ok(Node::Map(entries))
    }
}

/// YAML's merge key: what is merged fills in keys that are not there; of several, the first wins.
fn merge(entries: &mut BTreeMap<String, Node>, merged: Node) {
    match merged {
        Node::Map(map) => {
            for (key, value) in map {
                entries.entry(key).or_insert(value);
            }
        }
        Node::List(maps) => {
            for map in maps.into_iter().filter(|map| matches!(map, Node::Map(_))) {
                merge(entries, map);
            }
        }
        Node::Null | Node::Scalar(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scalars_anchors_and_merges_are_read() {
        let text = "on: push\na: &a {x: 1, y: true}\nb: {<<: *a, x: ~}\nc: [*a, 1.5, \"true\"]\n";
        let node = Node::parse(text).expect("valid");
        assert_eq!(node.get("on").and_then(Node::text), Some("push"));
        assert_eq!(node.get("b").and_then(|b| b.get("y")).and_then(Node::text), Some("true"));
        assert_eq!(node.get("b").and_then(|b| b.get("x")), Some(&Node::Null));
        assert_eq!(node.get("c").map(Node::texts), Some(vec!["1.5", "true"]));
    }

    #[test]
    fn what_github_would_not_take_is_refused() {
        for bad in ["a: 1\na: 2\n", "a: !tag x\n", "[a]: b\n", "a: *b\n", "a: [", "a: 1\n---\nb: 2\n", "\u{0}"] {
            assert!(Node::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bombs_are_refused_quickly() {
        let deep = "[".repeat(LARGEST);
        let flow = format!("{}{}", "{a: ".repeat(100_000), "}".repeat(100_000));
        let block: String = (0..1_000).map(|depth| format!("{}- \n", " ".repeat(depth))).collect();
        let laughs: String = (1..60)
            .map(|n| format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1))
            .fold("a0: &a0 x\n".into(), |all, line| all + &line);
        let wide = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(50_000), "*a, ".repeat(50_000));
        let nested = "[".repeat(16_000);
        let directives: String = (0..80_000).map(|n| format!("%TAG !{n}! x\n")).collect();
        for bomb in [deep, flow, block, laughs, wide, nested, directives, "x".repeat(LARGEST + 1)] {
            assert!(Node::parse(&bomb).is_err());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([-:{}\\[\\],&*!|>'\"%@`#?\n ]|<<: |a|\\PC){0,80}") {
            let _ = Node::parse(&text);
        }
    }
}

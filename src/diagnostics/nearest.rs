//! The word that was probably meant.

/// How long a word may be for the comparison: hostile files hold longer ones, and the cost grows with the square.
const LONGEST: usize = 100;

/// Finds the word that is nearest to a misspelt one, if any is near: a third of its letters may be wrong.
pub fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.chars().count() > LONGEST {
        return None;
    }
    let folded = fold(word);
    among
        .filter(|candidate| candidate.len() <= LONGEST)
        .filter_map(|candidate| {
            let other = fold(candidate);
            let distance = distance(&folded, &other);
            let allowed = (folded.len().max(other.len()) / 3).max(1);
            (distance <= allowed && distance < other.len()).then_some((distance, candidate))
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// `-` and `_` are mistaken for each other too often to count.
fn fold(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut cost = (above[j] + usize::from(x != y)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && y == a[i - 1] {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(word: &str) -> Option<&'static str> {
        nearest(word, ["private_vulnerability_reporting", "dependabot_alerts", "topic", "fork", "mode"].into_iter())
    }

    #[test]
    fn misspelt_words_find_their_neighbour() {
        assert_eq!(near("private_vulnerabilty_reporting"), Some("private_vulnerability_reporting"));
        assert_eq!(near("private-vulnerability-reporting"), Some("private_vulnerability_reporting"));
        assert_eq!(near("topics"), Some("topic"));
        assert_eq!(near("dependabot_alert"), Some("dependabot_alerts"));
        assert_eq!(near("mdoe"), Some("mode"));
        assert_eq!(near("FORK"), Some("fork"));
    }

    #[test]
    fn strangers_find_none() {
        assert_eq!(near("webhooks"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"x".repeat(100_000)), None);
    }
}

//! Durations as policies write them: `"180d"`, `"24h"`.

use jiff::SignedDuration;

/// A hundred years, in seconds: nobody means more, and no sum with a timestamp overflows.
const LONGEST: i64 = 100 * 366 * 86_400;

/// Reads a whole number followed by `w`, `d`, `h`, `m` or `s`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let unit = text.chars().last()?;
    let digits = text.strip_suffix(unit)?;
    let seconds = match unit {
        'w' => 7 * 86_400,
        'd' => 86_400,
        'h' => 3_600,
        'm' => 60,
        's' => 1,
        _ => return None,
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let total = digits.parse::<i64>().ok()?.checked_mul(seconds)?;
    (total <= LONGEST).then(|| SignedDuration::from_secs(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_with_a_unit() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs());
        assert_eq!(seconds("180d"), Some(180 * 86_400));
        assert_eq!(seconds("24h"), seconds("1d"));
        assert_eq!(seconds("2w"), seconds("14d"));
        assert_eq!((seconds("30m"), seconds("5s")), (Some(1_800), Some(5)));
        for bad in ["", "d", "1", "-1d", "1.5d", "1 d", "1y", "1é", "99999999999999d", "9999999999999999999999s"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}

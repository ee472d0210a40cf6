//! Bodies packed by gzip (RFC 1952): GitHub sends them so to whoever takes them, and a page of a hundred repositories is then a
//! fifteenth as large. They are kept on disk as they came.

use std::io::{Error, Read};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

/// The name of the encoding.
pub(super) const GZIP: &str = "gzip";
/// What each packed body begins with, and no JSON does.
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// No body of GitHub's is packed better; room is made for no more before it is there.
const RATIO: usize = 32;

/// Whether these bytes are packed.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Unpacks a body of at most so many bytes.
///
/// # Errors
/// If it is not packed by gzip, is cut off or damaged, or is larger.
pub(super) fn unpack(packed: &[u8], most: usize) -> Result<Bytes, Error> {
    let mut plain = Vec::with_capacity(told_length(packed).min(packed.len().saturating_mul(RATIO)).min(most));
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(packed).take(bound).read_to_end(&mut plain)?;
    if plain.len() > most {
        return Err(Error::other(format!("it is larger than {most} bytes")));
    }
    Ok(Bytes::from(plain))
}

/// The length that the end tells: a hint, for it is anybody's.
fn told_length(packed: &[u8]) -> usize {
    let last = packed.last_chunk::<4>().copied().unwrap_or_default();
    usize::try_from(u32::from_le_bytes(last)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn pack(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).expect("written to memory");
        encoder.finish().expect("written to memory")
    }

    #[test]
    fn what_was_packed_comes_out_whole() {
        let page = r#"{"name":"a"},"#.repeat(5_000).into_bytes();
        let packed = pack(&page);
        assert!(is_packed(&packed) && !is_packed(&page) && packed.len() * 10 < page.len());
        assert_eq!(unpack(&packed, page.len()).expect("unpacks"), page);
        let twice = [packed.clone(), packed].concat();
        assert_eq!(unpack(&twice, 1 << 20).expect("unpacks").len(), 2 * page.len(), "of several members");
    }

    #[test]
    fn what_is_cut_off_damaged_or_not_packed_is_an_error() {
        let packed = pack(b"[1, 2, 3]");
        for length in 0..packed.len() {
            assert!(unpack(&packed[..length], 100).is_err(), "cut at {length}");
        }
        let mut damaged = packed.clone();
        damaged[12] ^= 0xff;
        assert!(unpack(&damaged, 100).is_err());
        assert!(unpack(b"[1, 2, 3]", 100).is_err());
    }

    #[test]
    fn a_bomb_is_cut_short() {
        let mut packed = pack(&vec![b' '; 1 << 20]);
        assert!(unpack(&packed, 1 << 19).expect_err("too large").to_string().contains("larger"));
        // Whatever the end says of the length.
        let end = packed.len() - 4;
        packed.splice(end.., u32::MAX.to_le_bytes());
        assert!(unpack(&packed, 1 << 21).is_err());
    }
}

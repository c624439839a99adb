//! What a selection offers: the same thing in several forms.

use std::io::{self, Read, Write};
use std::sync::Arc;

/// One form of what a selection offers, as the Inter-Client Communication Conventions describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What is asked for to get this form, such as `UTF8_STRING` or `image/png`.
    pub target: String,
    /// The type of the answer, often the same.
    pub kind: String,
    /// Bits of one unit: 8, 16 or 32.
    pub bits: u8,
    /// The units in this machine's byte order.
    pub data: Arc<[u8]>,
}

/// What a selection offers, in all its forms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(pub Vec<Form>);

/// What clipboard managers are told not to keep; KDE's name for it, which others know too.
const HINT: &str = "x-kde-passwordManagerHint";

/// A program that hands content over to itself writes nothing longer than this.
const LONGEST: u64 = 1 << 32;

impl Content {
    /// Text, in the forms that apps ask for.
    pub fn text(text: &str) -> Self {
        let bytes: Arc<[u8]> = text.as_bytes().into();
        let form = |target: &str, kind: &str| Form {
            target: target.into(),
            kind: kind.into(),
            bits: 8,
            data: bytes.clone(),
        };
        let utf8 = "UTF8_STRING";
        let mut forms = vec![
            form(utf8, utf8),
            form("text/plain;charset=utf-8", "text/plain;charset=utf-8"),
            form("text/plain", "text/plain"),
            form("TEXT", utf8),
        ];
        // By the conventions this one is Latin-1 and nothing else.
        let latin1: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
        if let Ok(latin1) = latin1 {
            forms.push(Form { data: latin1.into(), ..form("STRING", "STRING") });
        }
        Self(forms)
    }

    /// The same, marked as not for clipboard managers.
    pub fn unremembered(mut self) -> Self {
        let data: Arc<[u8]> = b"secret".as_slice().into();
        self.0.push(Form { target: HINT.into(), kind: HINT.into(), bits: 8, data });
        self
    }

    /// Writes it for another process of the same program.
    ///
    /// # Errors
    /// As writing does.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        for form in &self.0 {
            for part in [form.target.as_bytes(), form.kind.as_bytes(), &[form.bits], &form.data] {
                to.write_all(&(part.len() as u64).to_ne_bytes())?;
                to.write_all(part)?;
            }
        }
        to.flush()
    }

    /// Reads what [`Content::write`] wrote, up to the end.
    ///
    /// # Errors
    /// If it is cut off or nothing of that kind.
    pub fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut forms = Vec::new();
        while let Some(target) = part(from)? {
            let mut next = || part(from)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof));
            let (kind, bits, data) = (next()?, next()?, next()?);
            let name = |bytes| String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData);
            forms.push(Form {
                target: name(target)?,
                kind: name(kind)?,
                bits: bits.first().copied().unwrap_or(8),
                data: data.into(),
            });
        }
        Ok(Self(forms))
    }
}

/// The next part; `None` at the end.
fn part(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    if from.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..])?;
    let length = u64::from_ne_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Some(bytes)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_offered_as_what_it_can_be() {
        let targets = |text: &str| -> Vec<String> {
            Content::text(text).0.into_iter().map(|form| form.target).collect()
        };
        let always = ["UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT"];
        assert_eq!(targets("日本"), always);
        assert_eq!(targets("größer"), [&always[..], &["STRING"]].concat());
        let content = Content::text("größer").unremembered();
        let latin1 = content.0.iter().find(|form| form.target == "STRING").unwrap();
        assert_eq!(&*latin1.data, b"gr\xf6\xdfer");
        assert_eq!(&*content.0.last().unwrap().data, b"secret");
    }

    #[test]
    fn content_survives_the_way_to_another_process() {
        let mut image = Content::text("ü\n").unremembered();
        let data = (0..=255).cycle().take(100_000).collect();
        image.0.push(Form { target: "image/png".into(), kind: "image/png".into(), bits: 8, data });
        image.0.push(Form { target: "a".into(), kind: "ATOM".into(), bits: 32, data: Arc::new([]) });
        let mut bytes = Vec::new();
        image.write(&mut bytes).unwrap();
        assert_eq!(Content::read(&mut bytes.as_slice()).unwrap(), image);
        assert_eq!(Content::read(&mut [].as_slice()).unwrap(), Content::default());
        for cut in [1, 7, 20, bytes.len() - 1] {
            assert!(Content::read(&mut &bytes[..cut]).is_err(), "cut at {cut}");
        }
        assert!(Content::read(&mut [0xff; 64].as_slice()).is_err());
    }
}

//! S/MIME as Direct uses it: sign with SHA-256 and RSA, seal with AES-256-CBC under an RSA-wrapped key, and both back.
//!
//! RFC 5652 (CMS), RFC 8551 §3; Applicability Statement for Secure Health Transport §2.4-2.5. The structures come
//! from the `cms` crate, the cryptography from the library that the whole program uses. The law kept here: signed
//! first and sealed after, and what does not open or verify is refused without saying where it failed.

use aws_lc_rs::{
    cipher::{
        AES_128, AES_256, DecryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
        UnboundCipherKey,
    },
    digest,
    iv::FixedLength,
    rand::{self, SystemRandom},
    rsa::{Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey, PublicEncryptingKey},
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use cms::{
    cert::{CertificateChoices, IssuerAndSerialNumber},
    content_info::{CmsVersion, ContentInfo},
    enveloped_data::{
        EncryptedContentInfo, EnvelopedData, KeyTransRecipientInfo, RecipientIdentifier, RecipientInfo,
        RecipientInfos,
    },
    signed_data::{
        CertificateSet, EncapsulatedContentInfo, SignedAttributes, SignedData, SignerIdentifier, SignerInfo,
        SignerInfos,
    },
};
use der::{
    Any, AnyRef, Decode as _, Encode as _,
    asn1::{ObjectIdentifier, OctetString, SetOfVec, UtcTime},
};
use x509_cert::{Certificate, attr::Attribute, spki::AlgorithmIdentifierOwned};

use super::certificate::{Mailbox, public_key};

const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const ENVELOPED: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.3");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const SHA_256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const AES_128_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
const AES_256_CBC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");

const KEY_LENGTH: usize = 32;
const IV_LENGTH: usize = 16;

/// Why something could not be signed, sealed, opened or verified. Deliberately without detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SmimeError {
    #[error("the message could not be signed and sealed")]
    Make,
    #[error("the message cannot be opened here")]
    Open,
    #[error("the signature does not hold")]
    Signature,
}

/// A detached signature over `content`, DER of a `ContentInfo`. `now` in seconds since 1970.
pub(super) fn sign(content: &[u8], mailbox: &Mailbox, now: i64) -> Result<Vec<u8>, SmimeError> {
    signature(content, mailbox, now).ok_or(SmimeError::Make)
}

fn signature(content: &[u8], mailbox: &Mailbox, now: i64) -> Option<Vec<u8>> {
    let digest = digest::digest(&digest::SHA256, content);
    let time = UtcTime::from_unix_duration(std::time::Duration::from_secs(u64::try_from(now).ok()?)).ok()?;
    let attributes: SignedAttributes = SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA).ok()?)?,
        attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_ref()).ok()?).ok()?)?,
        attribute(SIGNING_TIME, Any::encode_from(&time).ok()?)?,
    ])
    .ok()?;
    let key = RsaKeyPair::from_pkcs8(&mailbox.key).ok()?;
    let mut value = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &attributes.to_der().ok()?, &mut value).ok()?;
    let sha = AlgorithmIdentifierOwned { oid: SHA_256, parameters: None };
    let info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(name_of(&mailbox.certificate)),
        digest_alg: sha.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: with_null(SHA_256_WITH_RSA),
        signature: OctetString::new(value).ok()?,
        unsigned_attrs: None,
    };
    let signed = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![sha]).ok()?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
        certificates: Some(
            CertificateSet::try_from(vec![CertificateChoices::Certificate(mailbox.certificate.clone())])
                .ok()?,
        ),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![info]).ok()?,
    };
    wrap(SIGNED, &signed)
}

/// Seals `content` for the holder of a certificate, DER of a `ContentInfo`.
pub(super) fn seal(content: &[u8], recipient: &Certificate) -> Result<Vec<u8>, SmimeError> {
    sealed(content, recipient).ok_or(SmimeError::Make)
}

fn sealed(content: &[u8], recipient: &Certificate) -> Option<Vec<u8>> {
    let mut key = [0; KEY_LENGTH];
    let mut iv = [0; IV_LENGTH];
    rand::fill(&mut key).ok()?;
    rand::fill(&mut iv).ok()?;
    let mut text = content.to_vec();
    PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(&AES_256, &key).ok()?)
        .ok()?
        .less_safe_encrypt(&mut text, aws_lc_rs::cipher::EncryptionContext::Iv128(FixedLength::from(iv)))
        .ok()?;
    let public = PublicEncryptingKey::from_der(&public_key(recipient).ok()?).ok()?;
    let wrapping = Pkcs1PublicEncryptingKey::new(public).ok()?;
    let mut wrapped = vec![0; wrapping.ciphertext_size()];
    let wrapped = wrapping.encrypt(&key, &mut wrapped).ok()?;
    let info = RecipientInfo::Ktri(KeyTransRecipientInfo {
        version: CmsVersion::V0,
        rid: RecipientIdentifier::IssuerAndSerialNumber(name_of(recipient)),
        key_enc_alg: with_null(RSA),
        enc_key: OctetString::new(&*wrapped).ok()?,
    });
    let enveloped = EnvelopedData {
        version: CmsVersion::V0,
        originator_info: None,
        recip_infos: RecipientInfos::try_from(vec![info]).ok()?,
        encrypted_content: EncryptedContentInfo {
            content_type: DATA,
            content_enc_alg: AlgorithmIdentifierOwned {
                oid: AES_256_CBC,
                parameters: Some(Any::encode_from(&OctetString::new(iv.as_slice()).ok()?).ok()?),
            },
            encrypted_content: Some(OctetString::new(text).ok()?),
        },
        unprotected_attrs: None,
    };
    wrap(ENVELOPED, &enveloped)
}

/// Opens what was sealed for this mailbox.
pub(super) fn open(der: &[u8], mailbox: &Mailbox) -> Result<Vec<u8>, SmimeError> {
    opened(der, mailbox).ok_or(SmimeError::Open)
}

fn opened(der: &[u8], mailbox: &Mailbox) -> Option<Vec<u8>> {
    let enveloped: EnvelopedData = unwrap(der, ENVELOPED)?;
    let own = RecipientIdentifier::IssuerAndSerialNumber(name_of(&mailbox.certificate));
    let wrapped = enveloped.recip_infos.0.iter().find_map(|info| match info {
        RecipientInfo::Ktri(info) if info.rid == own && info.key_enc_alg.oid == RSA => Some(&info.enc_key),
        _ => None,
    })?;
    let private = PrivateDecryptingKey::from_pkcs8(&mailbox.key).ok()?;
    let unwrapping = Pkcs1PrivateDecryptingKey::new(private).ok()?;
    let mut key = vec![0; unwrapping.min_output_size()];
    let key = unwrapping.decrypt(wrapped.as_bytes(), &mut key).ok()?;
    let algorithm = match enveloped.encrypted_content.content_enc_alg.oid {
        AES_128_CBC => &AES_128,
        AES_256_CBC => &AES_256,
        _ => return None,
    };
    let iv: OctetString =
        enveloped.encrypted_content.content_enc_alg.parameters.as_ref()?.decode_as().ok()?;
    let iv: [u8; IV_LENGTH] = iv.as_bytes().try_into().ok()?;
    let mut text = enveloped.encrypted_content.encrypted_content?.into_bytes();
    let opening = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let plain = opening.decrypt(&mut text, DecryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    Some(plain.to_vec())
}

/// Checks a detached signature over `content` against the one certificate that it must be by.
pub(super) fn verify(content: &[u8], der: &[u8], signer: &Certificate) -> Result<(), SmimeError> {
    verified(content, der, signer).ok_or(SmimeError::Signature)
}

fn verified(content: &[u8], der: &[u8], signer: &Certificate) -> Option<()> {
    let signed: SignedData = unwrap(der, SIGNED)?;
    let [info] = signed.signer_infos.0.as_slice() else { return None };
    let own = SignerIdentifier::IssuerAndSerialNumber(name_of(signer));
    let algorithms = info.digest_alg.oid == SHA_256
        && (info.signature_algorithm.oid == SHA_256_WITH_RSA || info.signature_algorithm.oid == RSA);
    if info.sid != own || !algorithms {
        return None;
    }
    let attributes = info.signed_attrs.as_ref()?;
    let only = |name| {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == name);
        let attribute = found.next().filter(|attribute| attribute.values.len() == 1)?;
        found.next().is_none().then(|| attribute.values.get(0)).flatten()
    };
    let kind: ObjectIdentifier = only(CONTENT_TYPE)?.decode_as().ok()?;
    let stated: OctetString = only(MESSAGE_DIGEST)?.decode_as().ok()?;
    let digest = digest::digest(&digest::SHA256, content);
    if kind != DATA || stated.as_bytes() != digest.as_ref() {
        return None;
    }
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key(signer).ok()?)
        .verify(&attributes.to_der().ok()?, info.signature.as_bytes())
        .ok()
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Option<Attribute> {
    Some(Attribute { oid, values: SetOfVec::try_from(vec![value]).ok()? })
}

fn name_of(certificate: &Certificate) -> IssuerAndSerialNumber {
    IssuerAndSerialNumber {
        issuer: certificate.tbs_certificate.issuer.clone(),
        serial_number: certificate.tbs_certificate.serial_number.clone(),
    }
}

fn with_null(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: Some(Any::from(AnyRef::NULL)) }
}

fn wrap<T: der::EncodeValue + der::Tagged>(content_type: ObjectIdentifier, content: &T) -> Option<Vec<u8>> {
    ContentInfo { content_type, content: Any::encode_from(content).ok()? }.to_der().ok()
}

fn unwrap<T: for<'a> der::Decode<'a>>(der: &[u8], content_type: ObjectIdentifier) -> Option<T> {
    let info = ContentInfo::from_der(der).ok()?;
    if info.content_type != content_type {
        return None;
    }
    T::from_der(&info.content.to_der().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{direct::address::Address, store::Store};

    fn mailbox(address: &str) -> Mailbox {
        Mailbox::load_or_make(&Store::in_memory().unwrap(), Address::parse(address).unwrap()).unwrap()
    }

    #[test]
    fn only_the_recipient_opens_what_was_sealed() {
        let (recipient, other) = (mailbox("a@one.example"), mailbox("b@two.example"));
        let sealed = seal(b"records", &recipient.certificate).unwrap();
        assert_eq!(open(&sealed, &recipient).unwrap(), b"records");
        assert_eq!(open(&sealed, &other), Err(SmimeError::Open));
        assert!(!sealed.windows(7).any(|part| part == b"records"));
    }

    #[test]
    fn a_signature_holds_for_its_content_and_signer_alone() {
        let (signer, other) = (mailbox("a@one.example"), mailbox("b@two.example"));
        let signature = sign(b"records", &signer, 1_768_000_000).unwrap();
        assert_eq!(verify(b"records", &signature, &signer.certificate), Ok(()));
        assert_eq!(verify(b"record5", &signature, &signer.certificate), Err(SmimeError::Signature));
        assert_eq!(verify(b"records", &signature, &other.certificate), Err(SmimeError::Signature));
        assert_eq!(verify(b"records", b"junk", &signer.certificate), Err(SmimeError::Signature));
    }

    #[test]
    fn nothing_sealed_the_same_way_twice() {
        let recipient = mailbox("a@one.example");
        assert_ne!(
            seal(b"records", &recipient.certificate).unwrap(),
            seal(b"records", &recipient.certificate).unwrap()
        );
    }
}

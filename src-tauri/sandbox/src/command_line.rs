//! What the program is told on its command line. All but ports and releases applies to both EHRs.

use consentry_sandbox::{
    Client, ClientKind, Clients, Credential, Discovery, FhirVersion, Options, ScopeSyntax, Storage, Ways,
};

/// Said when the command line is not understood.
pub(crate) const USAGE: &str = "\
usage: consentry-sandbox [--folder PATH] [--ports A,B] [--fhir A,B] [WAYS]

  --folder PATH       keep everything in this folder, and go on from there next time
  --ports A,B         ports of the first and the second hospital
  --fhir A,B          FHIR release of each: stu3, r4, r4b or r5 (default: r4,r4)

How both hospitals behave (each may be left out):
  --clients KINDS     which apps are let in: public, symmetric, asymmetric, and register for dynamic
                      registration, separated by commas (default: public)
  --app ID            knows this public app, with redirects http://127.0.0.1:PORT/callback/NAME
  --app ID,secret=X   knows this app by its secret
  --app ID,jwks=URL   knows this app by its keys; URL is on this machine
  --scopes SYNTAX     all, v1, v2 or granular (default: all)
  --discovery WHERE   everywhere, smart, metadata, dstu2, openid, relative or sparse (default: everywhere)
  --no-id-tokens      does not say who signed in";

/// The options of a command line; none when it is not understood.
pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options::default();
    let mut ways = Ways::default();
    let mut releases = [FhirVersion::R4; 2];
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--folder" => options.storage = Storage::Folder(arguments.next()?.into()),
            "--ports" => {
                let ports = arguments.next()?;
                let (first, second) = ports.split_once(',')?;
                options.ports = Some([first.parse().ok()?, second.parse().ok()?]);
            }
            "--fhir" => {
                let named = arguments.next()?;
                let (first, second) = named.split_once(',')?;
                releases = [first.parse().ok()?, second.parse().ok()?];
            }
            "--clients" => kinds(&mut ways.clients, &arguments.next()?)?,
            "--app" => ways.clients.known.push(app(&arguments.next()?)?),
            "--scopes" => ways.scopes = syntax(&arguments.next()?)?,
            "--discovery" => ways.discovery = discovery(&arguments.next()?)?,
            "--no-id-tokens" => ways.without_id_tokens = true,
            _ => return None,
        }
    }
    options.ways = releases.map(|fhir| Ways { fhir, ..ways.clone() });
    Some(options)
}

fn kinds(clients: &mut Clients, text: &str) -> Option<()> {
    clients.kinds.clear();
    for word in text.split(',') {
        match word {
            "public" => clients.kinds.insert(ClientKind::Public),
            "symmetric" => clients.kinds.insert(ClientKind::Symmetric),
            "asymmetric" => clients.kinds.insert(ClientKind::Asymmetric),
            "register" => {
                clients.registration = true;
                true
            }
            _ => return None,
        };
    }
    (!clients.kinds.is_empty()).then_some(())
}

/// `ID`, `ID,secret=WORD` or `ID,jwks=URL`.
fn app(text: &str) -> Option<Client> {
    let (id, proof) = text.split_once(',').map_or((text, None), |(id, proof)| (id, Some(proof)));
    let credential = match proof.map(|proof| proof.split_once('=')) {
        None => Credential::None,
        Some(Some(("secret", word))) if !word.is_empty() => Credential::secret(word),
        Some(Some(("jwks", place))) => Credential::KeysAt(place.parse().ok()?),
        Some(_) => return None,
    };
    (!id.is_empty()).then(|| Client::app(id, id, credential))
}

fn syntax(word: &str) -> Option<ScopeSyntax> {
    Some(match word {
        "all" => ScopeSyntax::All,
        "v1" => ScopeSyntax::V1,
        "v2" => ScopeSyntax::V2,
        "granular" => ScopeSyntax::V2Granular,
        _ => return None,
    })
}

fn discovery(word: &str) -> Option<Discovery> {
    Some(match word {
        "everywhere" => Discovery::Everywhere,
        "smart" => Discovery::SmartConfiguration,
        "metadata" => Discovery::CapabilityStatement,
        "dstu2" => Discovery::CapabilityStatementDstu2,
        "openid" => Discovery::OpenId,
        "relative" => Discovery::Relative,
        "sparse" => Discovery::Sparse,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(line: &str) -> Option<Options> {
        read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn reads_folder_and_ports() {
        let options = read_line("--folder here --ports 4001,4002").unwrap();
        assert_eq!(options.storage, Storage::Folder("here".into()));
        assert_eq!(options.ports, Some([4_001, 4_002]));
    }

    #[test]
    fn reads_how_both_hospitals_behave() {
        let line = "--clients asymmetric,register --app mine,secret=word --scopes v1 --discovery dstu2";
        let [first, second] = read_line(line).unwrap().ways;
        assert_eq!(first, second);
        assert_eq!(first.scopes, ScopeSyntax::V1);
        assert_eq!(first.discovery, Discovery::CapabilityStatementDstu2);
        assert!(first.clients.registration);
        assert_eq!(first.clients.kinds, [ClientKind::Asymmetric].into());
        assert_eq!(first.clients.known[1].credential.kind(), ClientKind::Symmetric);
    }

    #[test]
    fn reads_the_release_of_each_hospital() {
        let options = read_line("--fhir stu3,R5 --scopes v1").unwrap();
        assert_eq!(options.ways.each_ref().map(|ways| ways.fhir), [FhirVersion::Stu3, FhirVersion::R5]);
        assert_eq!(options.ways.map(|ways| ways.scopes), [ScopeSyntax::V1; 2]);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in [
            "--folder",
            "--ports 1",
            "--ports a,b",
            "--fhir r4",
            "--fhir r4,r6",
            "--open",
            "--clients nobody",
            "--clients register",
            "--app ,secret=x",
            "--app mine,password=x",
            "--scopes v3",
            "--discovery by-mail",
        ] {
            assert!(read_line(line).is_none(), "{line}");
        }
    }
}

//! The two practice hospitals inside the app: started with practice mode, kept in its folder, gone with it.

use std::path::Path;

use consentry_core::{
    app::{PracticeEhr, PracticeList},
    ehr::PracticeLogin,
};
use consentry_sandbox::{Options, Sandbox, StartError, Storage};

/// Starts the hospitals. When their ports are taken, they start over at other ones, with nothing kept.
pub(crate) async fn start(folder: &Path) -> Result<(Sandbox, bool), StartError> {
    let options = || Options { storage: Storage::Folder(folder.to_owned()), ..Options::default() };
    match Sandbox::start(options()).await {
        Ok(sandbox) => Ok((sandbox, false)),
        Err(StartError::PortTaken { .. }) => {
            // Their addresses would be others: what was shared between the old ones cannot go on.
            let _ = std::fs::remove_dir_all(folder);
            Ok((Sandbox::start(options()).await?, true))
        }
        Err(error) => Err(error),
    }
}

/// The directory that lists them, with the certificate that confirms who they are.
pub(crate) fn lists(sandbox: &Sandbox) -> Vec<PracticeList> {
    let address = sandbox.directory().parse().ok();
    let list = address.map(|address| PracticeList {
        name: "Harbor Health directory".to_owned(),
        address,
        anchors: sandbox.anchor().to_owned(),
    });
    list.into_iter().collect()
}

/// What the core needs to know of them.
pub(crate) fn ehrs(sandbox: &Sandbox) -> Vec<PracticeEhr> {
    sandbox
        .ehrs()
        .iter()
        .map(|ehr| PracticeEhr {
            base: ehr.base().clone(),
            logins: ehr
                .logins()
                .into_iter()
                .map(|l| PracticeLogin {
                    who: l.who,
                    username: l.username,
                    password: l.password,
                    about: l.about,
                })
                .collect(),
        })
        .collect()
}

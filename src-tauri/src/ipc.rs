//! The one list of commands: from it come the handlers, the names and the TypeScript.

use std::sync::Arc;

use consentry_core::{
    app::client::{ClientChange, ClientView},
    choice::{Draft, DraftView},
    connection::{ShareDetail, ShareView, SharingView},
    consent::view::ConsentView,
    directory::{FoundView, HospitalListView},
    ehr::{EhrCandidate, EhrId, EhrView},
    kind::KindView,
    person::ChartsView,
    problem::Problem,
    review::{Approval, ReviewView},
    view::{AppView, Mode, SignInFor, SignInStarted},
};
use tauri::{Builder, Runtime, State};

use crate::desk::Desk;

/// Makes one Tauri command of each line. The body sees the open app as `$app` and the desk as `$desk`.
macro_rules! commands {
    ($( $name:ident ( $app:ident, $desk:ident $(, $arg:ident : $type:ty)* ) -> $answer:ty => $body:expr; )*) => {
        $(
            #[tauri::command]
            async fn $name($desk: State<'_, Arc<Desk>>, $( $arg: $type, )*) -> Result<$answer, Problem> {
                let $app = $desk.app().await?;
                $body
            }
        )*

        /// Registers every command.
        pub(crate) fn handle<R: Runtime>(builder: Builder<R>) -> Builder<R> {
            builder.invoke_handler(tauri::generate_handler![$( $name ),*])
        }

        #[cfg(test)]
        mod list {
            use super::*;

            pub(super) const NAMES: &[&str] = &[$( stringify!($name) ),*];

            /// Adds the type of each command to the TypeScript.
            pub(super) fn describe(bindings: &mut super::bindings::Bindings) {
                $(
                    let arguments: Vec<(&str, String)> = vec![$( (stringify!($arg), bindings.name::<$type>()) ),*];
                    let answer = bindings.name::<$answer>();
                    bindings.command(stringify!($name), &arguments, &answer);
                )*
            }
        }
    };
}

commands! {
    app_view(app, desk) -> AppView => app.view();
    glossary(app, desk) -> Vec<KindView> => Ok(app.glossary());
    mode_set(_app, desk, mode: Mode) -> AppView => desk.switch(mode).await?.view();
    practice_reset(_app, desk) -> AppView => desk.start_over().await?.view();
    ehr_probe(app, desk, address: String) -> EhrCandidate => app.ehr_probe(&address).await;
    ehr_add(app, desk, address: String) -> EhrView => app.ehr_add(&address).await;
    ehr_forget(app, desk, ehr: EhrId) -> AppView => app.ehr_forget(&ehr).await;
    ehr_consents(app, desk, ehr: EhrId) -> Vec<ConsentView> => app.ehr_consents(&ehr).await;
    ehr_client(app, desk, ehr: EhrId) -> ClientView => app.ehr_client(&ehr).await;
    ehr_client_set(app, desk, ehr: EhrId, change: ClientChange) -> ClientView => app.ehr_client_set(&ehr, change).await;
    ehr_client_register(app, desk, ehr: EhrId) -> ClientView => app.ehr_client_register(&ehr).await;
    ehr_client_usual(app, desk, ehr: EhrId) -> ClientView => app.ehr_client_usual(&ehr).await;
    client_keys(app, desk) -> String => app.client_keys().await;
    hospital_lists(app, desk) -> Vec<HospitalListView> => app.hospital_lists();
    hospital_list_add(app, desk, name: String, address: String, anchors: String) -> Vec<HospitalListView> => app.hospital_list_add(&name, &address, &anchors).await;
    hospital_list_remove(app, desk, list: String) -> Vec<HospitalListView> => app.hospital_list_remove(&list);
    hospitals_search(app, desk, name: String, place: String) -> FoundView => app.hospitals_search(&name, &place).await;
    sign_in(app, desk, ehr: EhrId, purpose: SignInFor) -> SignInStarted => app.sign_in(&ehr, &purpose).await;
    sign_in_result(app, desk, ehr: EhrId) -> EhrView => app.sign_in_result(&ehr).await;
    sign_in_open_again(app, desk, ehr: EhrId) -> bool => Ok(app.sign_in_open_again(&ehr));
    sign_in_cancel(app, desk, ehr: EhrId) -> () => { app.sign_in_cancel(&ehr); Ok(()) };
    sign_out(app, desk, ehr: EhrId) -> EhrView => app.sign_out(&ehr).await;
    draft(app, desk) -> DraftView => app.draft();
    draft_set(app, desk, draft: Draft) -> DraftView => app.draft_set(draft);
    draft_clear(app, desk) -> DraftView => app.draft_clear();
    charts(app, desk) -> ChartsView => app.charts();
    review(app, desk) -> ReviewView => app.review().await;
    share_start(app, desk, yes: Approval) -> ShareView => app.share_start(&yes).await;
    share_finish(app, desk, id: String) -> ShareView => app.share_finish(&id);
    share_take_back(app, desk, id: String) -> ShareView => app.share_take_back(&id);
    share_stop(app, desk, id: String) -> ShareView => app.share_stop(&id);
    share_know(app, desk, id: String) -> ShareView => app.share_know(&id);
    share_again(app, desk, id: String) -> DraftView => app.share_again(&id);
    sharing(app, desk) -> SharingView => app.sharing();
    share(app, desk, id: String) -> ShareDetail => app.share(&id);
    check_now(app, desk) -> SharingView => app.check_now().await;
    watch(app, desk, visible: bool) -> () => { app.watch(visible); Ok(()) };
}

#[cfg(test)]
mod bindings;
#[cfg(test)]
mod tests;

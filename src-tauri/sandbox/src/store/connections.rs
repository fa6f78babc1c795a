//! What this EHR, as a target, fetches from the other one.

use std::collections::BTreeMap;

use rusqlite::{Row, params};

use crate::records::ConnectionState;

use super::Store;

/// How many refused attempts in a row make a target give up.
pub(crate) const PATIENCE: u32 = 40;

/// What `$connect` settled.
#[derive(Debug)]
pub(crate) struct NewConnection<'a> {
    /// FHIR base of the source.
    pub(crate) source: &'a str,
    /// Consent id at the source; without one, the patient id there after `Patient/` or `SignIn/`.
    pub(crate) consent: &'a str,
    /// Patient id here.
    pub(crate) patient: &'a str,
    pub(crate) until: Option<i64>,
}

/// A connection as stored.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionRow {
    pub(crate) id: i64,
    pub(crate) source: String,
    pub(crate) consent: String,
    pub(crate) patient: String,
    pub(crate) until: Option<i64>,
    pub(crate) state: ConnectionState,
    pub(crate) received: BTreeMap<String, u64>,
    pub(crate) rounds: u64,
    pub(crate) refusals: u32,
    pub(crate) last_fetch: Option<i64>,
    pub(crate) last_refusal: Option<i64>,
    pub(crate) refusal_text: Option<String>,
}

/// What a connection rests on at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Under<'a> {
    /// A Consent, by its id.
    Consent(&'a str),
    /// What the patient let this EHR do on the source's own sign-in page.
    SignIn {
        /// Patient id at the source.
        patient: &'a str,
    },
    /// A policy of the owner at a UMA authorization server.
    Policy {
        /// Patient id at the source.
        patient: &'a str,
    },
}

impl ConnectionRow {
    /// What it rests on.
    pub(crate) fn under(&self) -> Under<'_> {
        match self.consent.split_once('/') {
            Some(("Patient", patient)) => Under::Policy { patient },
            Some(("SignIn", patient)) => Under::SignIn { patient },
            _ => Under::Consent(&self.consent),
        }
    }

    /// Whether the copier still tries.
    pub(crate) fn is_tried(&self) -> bool {
        match self.state {
            ConnectionState::Copying => true,
            ConnectionState::Refused => self.refusals < PATIENCE,
            ConnectionState::Ended => false,
        }
    }
}

impl Store {
    /// Adds a connection, or takes up the same one again: asking twice gives one.
    pub(crate) fn connect(&self, new: &NewConnection<'_>) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO connections (source, consent, patient, until, state)
             VALUES (?1, ?2, ?3, ?4, 'copying')
             ON CONFLICT (source, consent, patient)
             DO UPDATE SET until = excluded.until, state = 'copying', refusals = 0",
            params![new.source, new.consent, new.patient, new.until],
        )?;
        Ok(())
    }

    /// Every connection, oldest first.
    pub(crate) fn connections(&self) -> rusqlite::Result<Vec<ConnectionRow>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT id, source, consent, patient, until, state, received, rounds, refusals,
                    last_fetch, last_refusal, refusal_text
             FROM connections ORDER BY id",
        )?;
        let rows = query.query_map([], read)?;
        rows.collect()
    }

    /// What has arrived so far in this round.
    pub(crate) fn note_received(
        &self,
        id: i64,
        received: &BTreeMap<String, u64>,
        now: i64,
    ) -> rusqlite::Result<()> {
        let text = serde_json::to_string(received)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.lock().execute(
            "UPDATE connections SET received = ?2, last_fetch = ?3 WHERE id = ?1",
            params![id, text, now],
        )?;
        Ok(())
    }

    /// A whole round went through.
    pub(crate) fn note_round(&self, id: i64) -> rusqlite::Result<()> {
        self.lock().execute(
            "UPDATE connections SET rounds = rounds + 1, refusals = 0,
                    state = CASE state WHEN 'ended' THEN 'ended' ELSE 'copying' END
             WHERE id = ?1",
            [id],
        )?;
        Ok(())
    }

    /// The source said no.
    pub(crate) fn note_refusal(&self, id: i64, text: &str, now: i64) -> rusqlite::Result<()> {
        self.lock().execute(
            "UPDATE connections SET refusals = refusals + 1, last_refusal = ?3, refusal_text = ?2,
                    state = CASE state WHEN 'ended' THEN 'ended' ELSE 'refused' END
             WHERE id = ?1",
            params![id, text, now],
        )?;
        Ok(())
    }

    /// Its time is over.
    pub(crate) fn end_connection(&self, id: i64) -> rusqlite::Result<()> {
        self.lock().execute("UPDATE connections SET state = 'ended' WHERE id = ?1", [id])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ConnectionRow> {
    let state: String = row.get(5)?;
    let received: String = row.get(6)?;
    Ok(ConnectionRow {
        id: row.get(0)?,
        source: row.get(1)?,
        consent: row.get(2)?,
        patient: row.get(3)?,
        until: row.get(4)?,
        state: match state.as_str() {
            "copying" => ConnectionState::Copying,
            "refused" => ConnectionState::Refused,
            _ => ConnectionState::Ended,
        },
        received: serde_json::from_str(&received).unwrap_or_default(),
        rounds: u64::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
        refusals: u32::try_from(row.get::<_, i64>(8)?).unwrap_or(u32::MAX),
        last_fetch: row.get(9)?,
        last_refusal: row.get(10)?,
        refusal_text: row.get(11)?,
    })
}

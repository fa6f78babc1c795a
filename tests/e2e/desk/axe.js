// Returns one line for each violation: rule, what to do, and the elements.
const done = arguments[arguments.length - 1];
axe
  .run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  })
  .then(
    ({ violations }) =>
      done(
        violations.map(
          ({ id, help, nodes }) =>
            `${id}: ${help}\n` +
            nodes.map(({ html, failureSummary }) => `    ${html}\n    ${failureSummary}`).join("\n"),
        ),
      ),
    (error) => done([String(error)]),
  );

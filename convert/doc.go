// Package convert makes threshold rules of Prometheus rules: of a comparison with a
// number in the expression, and of pairs that differ in nothing but the number and
// the severity. It changes what it must in the text of a file, and leaves every
// other byte alone.
//
// A rule is converted only if it goes on as before: the levels that fire, and when,
// are those of the original whatever the series do. What can't be converted so
// stays as it is, with a reason. It never invents a clear value or a unit.
//
// Package rules/promql knows the shapes of expressions, and rules/file reads and
// changes the text; here is decided what becomes of a rule.
package convert

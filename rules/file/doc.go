// Package file reads what people write - rule files, tocsin.yaml or an
// alertmanager.yml, a thresholds file, the environment - and makes the plain
// values of package rules out of it, with defaults filled in and levels merged.
//
// It reports all mistakes at once, each with its place, and never stops at the
// first. It ignores nothing: a key that tocsin does not know is a mistake, and
// one that comes with a later version says so. It opens files through an
// interface and is given the environment as a function; secrets that lie in
// files are read by whoever uses them, when they are used.
//
// What it reads it can also say, as a JSON Schema for editors: the readers are
// asked what they take, so that there is no second list of keys (schema_ask.go).
//
// Only this package knows YAML.
package file

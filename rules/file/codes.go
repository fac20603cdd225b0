package file

// A Code names a sort of problem. Codes are stable: people search for them and
// CI systems count them.
type Code string

// The codes. docs/rules.md explains each.
const (
	CodeFile       Code = "file"
	CodeYAML       Code = "yaml"
	CodeType       Code = "type"
	CodeUnknownKey Code = "unknown-key"
	CodeDuplicate  Code = "duplicate"
	CodeMissing    Code = "missing"
	CodeConflict   Code = "conflict"
	CodeLater      Code = "later"
	CodeForeign    Code = "foreign"
	CodeDeparture  Code = "departure"
	CodeNoEffect   Code = "no-effect"

	CodeName        Code = "name"
	CodePromQL      Code = "promql"
	CodeAlerts      Code = "alerts-series"
	CodeComparison  Code = "comparison"
	CodeAlways      Code = "always"
	CodeRecording   Code = "recording"
	CodeDuration    Code = "duration"
	CodeNumber      Code = "number"
	CodeUnit        Code = "unit"
	CodeThreshold   Code = "threshold"
	CodeVotes       Code = "votes"
	CodeSchedule    Code = "schedule"
	CodeTimes       Code = "time-interval"
	CodeTemplate    Code = "template"
	CodeRender      Code = "render"
	CodeCut         Code = "cut"
	CodeValueLabel  Code = "value-in-label"
	CodeSeverity    Code = "severity"
	CodeMatcher     Code = "matcher"
	CodeSource      Code = "source"
	CodeAlert       Code = "unknown-alert"
	CodeReceiver    Code = "receiver"
	CodeRoute       Code = "route"
	CodeURL         Code = "url"
	CodeAddress     Code = "address"
	CodeEnvironment Code = "environment"
	CodeRelabel     Code = "relabel"
	CodeHTTP        Code = "http"
	CodeNoMatch     Code = "no-match"
)

// Codes returns all codes with what they mean, in the order of the manual.
func Codes() []CodeText { return codeTexts() }

// A CodeText explains a code.
type CodeText struct {
	Code Code
	Text string
}

func codeTexts() []CodeText {
	return []CodeText{
		{CodeFile, "a file cannot be read, is too large or is not text"},
		{CodeYAML, "the file is not YAML, holds two documents, or expands beyond bounds"},
		{CodeType, "a value of another kind is expected here: a list, a word, a number"},
		{CodeUnknownKey, "no such key here; the hint names the nearest one"},
		{CodeDuplicate, "a key, name or integration is there twice"},
		{CodeMissing, "something that is needed is not there"},
		{CodeConflict, "two things that exclude one another"},
		{CodeLater, "the key comes with a later version; it is refused rather than ignored"},
		{CodeForeign, "the key is Alertmanager's and will not be carried; the hint says what takes its place"},
		{CodeDeparture, "warning: Alertmanager's file means something else here"},
		{CodeNoEffect, "warning: the key is accepted and changes nothing"},
		{CodeName, "not a valid name or value of a label, annotation, group, alert or id"},
		{CodePromQL, "the expression does not parse, or returns no number per series"},
		{CodeAlerts, "warning: the expression reads ALERTS or ALERTS_FOR_STATE, which nobody writes"},
		{CodeComparison, "warning: a threshold rule whose expression compares: values on the other side are never seen"},
		{CodeAlways, "warning: a presence rule without any comparison fires for every series"},
		{CodeRecording, "warning: recording rules are left to Prometheus"},
		{CodeDuration, "not a duration, or out of range"},
		{CodeNumber, "not a number, or out of range"},
		{CodeUnit, "the unit of a threshold does not agree with the unit of its rule (warning: it looks so)"},
		{CodeThreshold, "bounds, clear values or levels that contradict one another"},
		{CodeVotes, "`for: N of M` that cannot be counted"},
		{CodeSchedule, "a cron schedule or time zone that does not parse or never comes"},
		{CodeTimes, "a time interval that does not parse or does not exist (warning: one that holds at no time)"},
		{CodeTemplate, "a template that does not parse, or asks what a label may not ask"},
		{CodeRender, "a template that fails with sample alerts (warning: one that would take too long to try)"},
		{CodeCut, "warning: what a template makes of sample alerts is longer than what is shown of it"},
		{CodeValueLabel, "warning: a label that holds the value is rendered once per episode"},
		{CodeSeverity, "warning: a severity label that has no effect, or is not known when the file is read"},
		{CodeMatcher, "matchers that do not parse (warning: old and new syntax read them differently)"},
		{CodeSource, "a source that is not configured, or has no URL"},
		{CodeAlert, "thresholds for an alert that does not exist"},
		{CodeReceiver, "a receiver that does not exist, or tells nobody"},
		{CodeRoute, "a route that cannot be"},
		{CodeURL, "not an absolute http or https URL"},
		{CodeAddress, "not a mail address, or not host:port"},
		{CodeEnvironment, "a variable of the environment that is malformed, or missing and needed"},
		{CodeRelabel, "a relabelling step that Prometheus would refuse"},
		{CodeHTTP, "HTTP client settings that contradict one another"},
		{CodeNoMatch, "warning: a pattern that matches no file"},
	}
}

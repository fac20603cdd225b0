package past

import (
	"tocsin/notifier"
	"tocsin/rules"
)

// The names of the forms. The version in them rises when what a program reads is no
// longer what it was; new fields don't raise it.
const (
	backtestSchema = "tocsin/backtest/v1"
	diffSchema     = "tocsin/diff/v1"
)

// The JSON form holds everything. docs/backtest.md describes each field, and a test
// sees to that. Durations are in seconds, times are RFC 3339.
type jsonReport struct {
	Schema string `json:"schema"`
	jsonRun
}

type jsonRun struct {
	From          string             `json:"from"`
	Until         string             `json:"until"`
	Timezone      string             `json:"timezone"`
	Complete      bool               `json:"complete"`
	Incomplete    []string           `json:"incomplete,omitempty"`
	Totals        jsonTotals         `json:"totals"`
	Rules         []jsonRule         `json:"rules"`
	Incidents     []jsonIncident     `json:"incidents,omitempty"`
	Notifications []jsonNotification `json:"notifications"`
	Queries       int64              `json:"queries"`
	Samples       int64              `json:"samples"`
}

type jsonTotals struct {
	Notifications int            `json:"notifications"`
	PerDay        float64        `json:"per_day"`
	Busiest       int            `json:"busiest"` // most in 24 hours
	Night         int            `json:"night"`
	Quiet         int            `json:"quiet"`
	Episodes      int            `json:"episodes"`
	Flaps         int            `json:"flaps"`
	Refires       int            `json:"refires"`
	Receivers     map[string]int `json:"receivers"`
	Days          []jsonDay      `json:"days"`
}

type jsonDay struct {
	Date          string `json:"date"`
	Notifications int    `json:"notifications"`
	Night         int    `json:"night"`
}

type jsonRule struct {
	Key           string         `json:"key"`
	Alert         string         `json:"alert"`
	Group         string         `json:"group"`
	File          string         `json:"file"`
	Line          int            `json:"line"`
	Revision      string         `json:"revision"`
	Source        string         `json:"source"`
	Expr          string         `json:"expr"`
	Unit          rules.Unit     `json:"unit,omitempty"`
	Thresholds    []jsonLevel    `json:"thresholds"`
	Notifications int            `json:"notifications"`
	Night         int            `json:"night"`
	Receivers     map[string]int `json:"receivers"`
	Flaps         int            `json:"flaps"`
	Refires       int            `json:"refires"`
	Warn          float64        `json:"warn_seconds"`
	Error         float64        `json:"error_seconds"`
	Longest       float64        `json:"longest_seconds"`
	Series        int            `json:"series"`
	Problems      []string       `json:"problems,omitempty"`
	Messages      []string       `json:"messages,omitempty"`
	Episodes      []jsonEpisode  `json:"episodes"`
	Carried       []jsonEpisode  `json:"carried,omitempty"` // began before the period
	Chart         *jsonChart     `json:"chart,omitempty"`
}

type jsonLevel struct {
	Level rules.Level `json:"level"`
	Text  string      `json:"text"`
}

type jsonEpisode struct {
	ID      string            `json:"id"`
	Labels  map[string]string `json:"labels"`
	Series  map[string]string `json:"series"`
	Start   string            `json:"start"`
	End     string            `json:"end,omitempty"` // none: it goes on
	Seconds float64           `json:"seconds"`
	Worst   rules.Level       `json:"worst"`
	Peak    *jsonNumber       `json:"peak,omitempty"`
	Flap    bool              `json:"flapping,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Spans   []jsonSpan        `json:"spans"`
	Told    []jsonTelling     `json:"told"`
}

type jsonSpan struct {
	Level rules.Level `json:"level"`
	From  string      `json:"from"`
	Until string      `json:"until,omitempty"`
}

type jsonTelling struct {
	At       string      `json:"at"`
	Receiver string      `json:"receiver"`
	Level    rules.Level `json:"level"`
}

type jsonIncident struct {
	Name    string   `json:"name"`
	From    string   `json:"from"`
	Until   string   `json:"until"`
	Missed  bool     `json:"missed"`
	Outside bool     `json:"outside,omitempty"`
	At      string   `json:"at,omitempty"`
	After   *float64 `json:"after_seconds,omitempty"`
	Alert   string   `json:"alert,omitempty"`
	TooLate string   `json:"too_late,omitempty"`
}

type jsonNotification struct {
	At       string            `json:"at"`
	Receiver string            `json:"receiver"`
	Kind     string            `json:"kind"`
	Reason   notifier.Reason   `json:"reason"`
	Level    rules.Level       `json:"level"`
	Night    bool              `json:"night"`
	Group    map[string]string `json:"group"`
	Alerts   []jsonEntry       `json:"alerts"`
	Hidden   int               `json:"hidden,omitempty"`
}

type jsonEntry struct {
	Rule    string            `json:"rule"`
	Alert   string            `json:"alert"`
	Labels  map[string]string `json:"labels"`
	News    string            `json:"news"`
	Level   rules.Level       `json:"level"`
	Episode string            `json:"episode"`
}

type jsonChart struct {
	From string        `json:"from"`
	Step float64       `json:"step_seconds"`
	Low  []*jsonNumber `json:"low"` // null where there was no value
	High []*jsonNumber `json:"high"`
}

// A jsonNumber is a number, or "+Inf" or "-Inf".
type jsonNumber float64

// MarshalJSON writes infinities as Prometheus does.
func (n jsonNumber) MarshalJSON() ([]byte, error) { return rules.Number(n).MarshalJSON() }

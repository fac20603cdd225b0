package file

import (
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A Suite is a file of unit tests: promtool's keys, and tocsin's own beside them.
type Suite struct {
	Name string
	// RuleFiles are the files that its patterns match; NoMatch are the patterns that
	// match none.
	RuleFiles []string
	NoMatch   []string
	// ConfigFile says who is told of what; empty: nobody is but one receiver called
	// default.
	ConfigFile string
	Interval   time.Duration // evaluation_interval, a minute unless said
	Paced      bool          // it was said
	Fuzzy      bool
	Order      []string // group_eval_order
	Tests      []SuiteTest
}

// A Spot is where in its file something of a test is written.
type Spot struct{ Line, Col, Len int }

// A SuiteTest is one item of tests.
type SuiteTest struct {
	Spot
	Name           string
	Interval       time.Duration // of the samples
	Start          model.Time
	Series         []SuiteSeries
	ExternalLabels labels.Labels
	ExternalURL    string
	Alerts         []AlertCase
	Queries        []QueryCase

	// What follows is tocsin's own: the test is lived through as the daemon would.
	Until         time.Duration
	Silences      []SilenceFixture
	Acks          []AckFixture
	Outages       []OutageFixture
	Failing       []FailingFixture
	Expect        []Expectation
	Notifications []NotificationCase
	Quiet         []QuietCase
	// Listed says that there is a list of notifications, be it empty: unless Others,
	// whatever is sent beyond it is a failure. Recorded ones are written by --update.
	Listed, Others, Record bool
}

// Lives reports whether the test asks anything of the daemon's life.
func (t *SuiteTest) Lives() bool {
	return t.Record || t.Listed || len(t.Expect) > 0 || len(t.Quiet) > 0
}

// A SuiteSeries is a series with its values in promtool's notation.
type SuiteSeries struct {
	Spot                // of the series
	At             Spot // of the values
	Series, Values string
}

// An AlertCase is an item of alert_rule_test.
type AlertCase struct {
	Spot
	At     time.Duration
	Alert  string
	Alerts []ExpectedAlert
}

// An ExpectedAlert is an item of exp_alerts.
type ExpectedAlert struct {
	Spot
	Labels, Annotations map[string]string
}

// A QueryCase is an item of promql_expr_test.
type QueryCase struct {
	Spot
	At      time.Duration
	Expr    string
	Samples []ExpectedSample
}

// An ExpectedSample is an item of exp_samples. With a Histogram the value counts
// for nothing.
type ExpectedSample struct {
	Spot
	Labels    string
	Value     float64
	Histogram string
}

// A SilenceFixture is a silence that somebody makes.
type SilenceFixture struct {
	Spot
	Matchers    amlabels.Matchers
	From, Until time.Duration
	By, Comment string
}

// An AckFixture is the moment at which somebody takes alerts on.
type AckFixture struct {
	Spot
	At, Until   time.Duration // Until 0: to the end of the episode
	Match       AlertMatch
	By, Comment string
}

// An OutageFixture is a time in which the source does not answer.
type OutageFixture struct {
	Spot
	From, Until time.Duration
}

// A FailingFixture is a time in which a receiver can't be reached.
type FailingFixture struct {
	Spot
	To          string // empty: nobody can
	From, Until time.Duration
}

// An AlertMatch names alerts: by name, and by labels and annotations, of which there
// may be more unless Exact.
type AlertMatch struct {
	Alert               string
	Labels, Annotations map[string]string
	Exact               bool
}

// An Expectation is an item of expect: how an alert stands at a time.
type Expectation struct {
	Spot
	AlertMatch
	At     time.Duration
	Is     string // ok, pending, warn, error, firing, resolved
	Reason string // empty: any
	Value  *float64
	Count  int // -1: at least one
}

// A NotificationCase is an item of notifications: a message that must be sent.
type NotificationCase struct {
	Spot
	From, Until time.Duration
	// Exactly says that one time was given: what is sent at an evaluation may come up
	// to an interval later.
	Exactly bool
	To, By  string // receiver, and kind of integration; empty: any
	Why     string
	Alerts  []NotifiedAlert // nil: whatever it tells of
	Listed  bool
	Texts   []string // regular expressions that each match
}

// A NotifiedAlert is an alert in a message.
type NotifiedAlert struct {
	Spot
	AlertMatch
	Is     string // firing, resolved, warn, error; empty: any
	News   string
	Reason string
}

// A QuietCase is an item of nothing_sent.
type QuietCase struct {
	Spot
	From, Until time.Duration
	To          string
	Match       AlertMatch
}

// LoadSuite reads a file of unit tests. It returns nil if there are mistakes.
func LoadSuite(files Files, name string) (out *Suite, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			out, problems = nil, s.sorted()
		}
	}()
	l := &loader{files: files, sink: s, read: map[string]bool{}}
	if d := l.open(name, pos{}); d != nil {
		out = l.suite(d)
	}
	if s.failed(0) {
		out = nil
	}
	return out, s.sorted()
}

package unittest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
)

// Options say what to run, and what of it to tell.
type Options struct {
	Files file.Files
	// Run selects tests by their names; nil: all.
	Run *regexp.Regexp
	// Trace keeps each transition.
	Trace bool
	// Update makes new text for the notifications that are recorded.
	Update bool
}

// A suite is a file at work.
type suite struct {
	*file.Suite
	options  Options
	coverage *Coverage
	result   *Result
	loads    map[string]*load // by what templates see
	recorded map[int][]file.NotificationCase
}

// A load is the rules as one test sees them.
type load struct {
	groups   []file.Group
	severity rules.SeverityLabels
	loaded   *file.Loaded // for the daemon's life; nil until it is wanted
	words    *message.Renderer
	problems []rules.Problem
}

// A test is one test at work.
type test struct {
	*file.SuiteTest
	*load
	suite *suite
	index int // in the file
	out   *TestResult
}

// Run runs the tests of one file.
func Run(ctx context.Context, name string, o Options) *Result {
	s := &suite{options: o, coverage: NewCoverage(), result: &Result{File: name}, loads: map[string]*load{}, recorded: map[int][]file.NotificationCase{}}
	s.result.Coverage = s.coverage
	s.Suite, s.result.Problems = file.LoadSuite(o.Files, name)
	if s.Suite == nil {
		return s.result
	}
	for i := range s.Tests {
		if o.Run != nil && !o.Run.MatchString(s.Tests[i].Name) {
			continue
		}
		if !s.test(ctx, i) {
			break
		}
	}
	s.keepRecord()
	return s.result
}

// test runs one test; it is false if its rules can't be read, which is so for the
// others too.
func (s *suite) test(ctx context.Context, n int) bool {
	t := &s.Tests[n]
	l := s.load(t)
	if failed(l.problems) {
		warning := func(p rules.Problem) bool { return p.Warning } // check tells of those
		s.result.Problems = append(s.result.Problems, slices.DeleteFunc(slices.Clone(l.problems), warning)...)
		return false
	}
	for _, g := range l.groups {
		for _, r := range g.Rules {
			if r.Alert != nil {
				s.coverage.add(r.Alert)
			}
		}
	}
	s.result.Tests = append(s.result.Tests, TestResult{Name: t.Name, Place: t.Spot})
	w := &test{SuiteTest: t, suite: s, load: l, index: n, out: &s.result.Tests[len(s.result.Tests)-1]}
	w.promtool(ctx)
	if len(w.out.Trace) > 0 && t.Lives() {
		w.out.Trace = append([]Step{{Text: "as promtool evaluates:"}}, w.out.Trace...)
		w.out.Trace = append(w.out.Trace, Step{Text: "as the daemon lives:"})
	}
	w.daemon(ctx)
	return true
}

func failed(all []rules.Problem) bool {
	for _, p := range all {
		if !p.Warning {
			return true
		}
	}
	return false
}

// load reads the rules, with what templates of the test see.
func (s *suite) load(t *file.SuiteTest) *load {
	key := t.ExternalLabels.String() + "\x00" + t.ExternalURL
	if l := s.loads[key]; l != nil {
		return l
	}
	l := load{severity: rules.SeverityLabels{Warn: "warning", Error: "critical"}}
	if s.ConfigFile == "" {
		def := file.Defaults{ExternalLabels: t.ExternalLabels, ExternalURL: t.ExternalURL, Interval: s.Interval}
		l.groups, l.problems = file.LoadGroups(s.options.Files, s.RuleFiles, def)
	} else {
		l.loaded, l.problems = s.loadConfig(t)
		if l.loaded != nil {
			l.severity, l.groups = l.loaded.Core.Severity, l.loaded.Groups
		}
	}
	s.loads[key] = &l
	return &l
}

// loadConfig reads the config and its rules, or the rules alone.
func (s *suite) loadConfig(t *file.SuiteTest) (*file.Loaded, []rules.Problem) {
	o := file.Options{
		Files: s.options.Files, ConfigFile: s.ConfigFile, Rules: s.RuleFiles,
		ExternalURL: t.ExternalURL, ExternalLabels: t.ExternalLabels, Mute: true,
	}
	if s.Paced || s.ConfigFile == "" {
		o.Interval = s.Interval
	}
	return file.Load(o)
}

// world makes the series of the test; false if one of them can't be read.
func (t *test) world() (*world, bool) {
	w, bad := newWorld(t.SuiteTest, t.suite.Interval)
	for _, b := range bad {
		t.fail(Failure{Place: b.place, What: "input " + b.err.Error()})
	}
	return w, len(bad) == 0
}

func (t *test) setting(w *world) *setting {
	s := &setting{
		interval: t.suite.Interval, external: t.ExternalLabels, link: t.ExternalURL,
		severity: t.severity, reach: t.suite.coverage,
	}
	if t.suite.options.Trace {
		s.trace = func(at model.Time, text string) { t.step(w, at, text) }
	}
	return s
}

func (t *test) step(w *world, at model.Time, text string) {
	if t.suite.options.Trace {
		t.out.Trace = append(t.out.Trace, Step{w.since(at), text, at})
	}
}

func (t *test) fail(f Failure) { t.out.Failures = append(t.out.Failures, f) }

func (t *test) note(at file.Spot, format string, args ...any) {
	t.out.Notes = append(t.out.Notes, Note{at, fmt.Sprintf(format, args...)})
}

func strangerText(name string, known []string) string {
	text := fmt.Sprintf("no rule is called %q", name)
	if near := file.Nearest(name, known); near != "" {
		return text + ": did you mean " + near + "?"
	}
	if len(known) == 0 {
		return text + ": there are no rules at all"
	}
	return strings.TrimSpace(text)
}

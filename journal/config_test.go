package journal

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"tocsin/rules"
	"tocsin/rules/file"
)

const wholeConfig = `
prometheus: http://127.0.0.1:9090
external_url: https://tocsin.example.org/a
external_labels: {cluster: eu1}
rule_files: [rules.yaml]
alert_relabel_configs:
  - {source_labels: [host], regex: '(.+)\.example\.org', target_label: short, replacement: '$1'}
inhibit_rules:
  - {source_matchers: [severity="critical"], target_matchers: [severity=~"warning|info"], equal: [host]}
time_intervals:
  - name: nights
    time_intervals:
      - {times: [{start_time: '22:00', end_time: '06:00'}], weekdays: ['monday:friday'], days_of_month: ['1:-1'], months: ['1:6'], years: ['2020:2040'], location: Europe/Berlin}
route:
  receiver: all
  group_by: [alertname]
  routes:
    - {receiver: pager, matchers: [team=~"db.*"], mute_time_intervals: [nights], continue: true}
receivers:
  - name: all
    webhook_configs: [{url: 'http://127.0.0.1:1/a'}]
  - name: pager
    webhook_configs: [{url: 'http://127.0.0.1:1/b'}]
`

const wholeRules = `
groups:
  - name: g
    rules:
      - alert: Load
        expr: load
        warn: {above: 70, clear: 60, for: 3 of 5}
        error: {above: 90, keep_firing_for: 2m}
        overrides:
          - {match: 'host="a"', warn: {above: 80}, error: off}
        labels: {place: '{{ $labels.host }} of {{ $externalLabels.cluster }} at {{ $externalURL }}'}
        annotations: {summary: 'load is {{ $value }}'}
  - name: nightly
    schedule: 30 2 * * MON-FRI
    timezone: Europe/Berlin
    rules:
      - {alert: Backup, expr: age > 3, labels: {severity: critical}}
`

// loadWhole reads a configuration that has something of everything.
func loadWhole(t *testing.T) *rules.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"tocsin.yaml": wholeConfig, "rules.yaml": wholeRules} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, problems := file.Load(file.Options{ConfigFile: filepath.Join(dir, "tocsin.yaml")})
	if l == nil {
		t.Fatal(problems)
	}
	return l.Core
}

// TestConfigComesBack writes a configuration and reads it again.
func TestConfigComesBack(t *testing.T) {
	before := loadWhole(t)
	before.Rules[0].Levels.Error.Threshold.Low = math.Inf(-1)
	after := throughJSON(t, before)
	same(t, reflect.ValueOf(before), reflect.ValueOf(after), "config")

	at := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC) // the clocks change in the night
	for _, n := range []int{0, 1} {
		if (before.Rules[n].Schedule == nil) != (after.Rules[n].Schedule == nil) {
			t.Fatalf("rule %d: one has a schedule", n)
		}
	}
	if a, b := before.Rules[1].Schedule.Next(at), after.Rules[1].Schedule.Next(at); !a.Equal(b) {
		t.Errorf("next at %s, was %s", b, a)
	}
	data := rules.LabelData{Series: labels.FromStrings("host", "a"), Value: 1}
	want := "a of eu1 at https://tocsin.example.org/a"
	for _, c := range []*rules.Config{before, after} {
		for _, l := range c.Rules[0].Labels {
			if l.Expand == nil {
				continue
			}
			if got, err := l.Expand(data); err != nil || got != want {
				t.Errorf("the label is %q (%v), want %q", got, err, want)
			}
		}
	}
}

func throughJSON(t *testing.T, c *rules.Config) *rules.Config {
	t.Helper()
	text, err := encodeConfig(c)
	if err != nil {
		t.Fatal(err)
	}
	after, err := decodeConfig(text)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return after
}

// TestEveryFieldComesBack fills each field of a configuration there is, also those
// that will be added, and wants it back.
func TestEveryFieldComesBack(t *testing.T) {
	var c rules.Config
	n := 0
	fill(reflect.ValueOf(&c).Elem(), &n, 0)
	same(t, reflect.ValueOf(&c), reflect.ValueOf(throughJSON(t, &c)), "config")
	if n < 100 {
		t.Errorf("only %d fields were filled", n)
	}
}

// fill gives everything a value of its own.
func fill(v reflect.Value, n *int, depth int) {
	*n++
	switch v.Type() {
	case reflect.TypeFor[labels.Labels]():
		v.Set(reflect.ValueOf(labels.FromStrings("l", strings.Repeat("x", *n%7+1))))
		return
	case reflect.TypeFor[amlabels.Matcher]():
		m, _ := amlabels.NewMatcher(amlabels.MatchRegexp, "l", "x+")
		v.Set(reflect.ValueOf(*m))
		return
	case reflect.TypeFor[relabel.Regexp]():
		v.Set(reflect.ValueOf(relabel.MustNewRegexp("a.*")))
		return
	case reflect.TypeFor[*time.Location]():
		loc, _ := time.LoadLocation("Asia/Tokyo")
		v.Set(reflect.ValueOf(loc))
		return
	case reflect.TypeFor[timeinterval.TimeInterval]():
		var i timeinterval.TimeInterval
		i.Months = []timeinterval.MonthRange{{InclusiveRange: timeinterval.InclusiveRange{Begin: 2, End: 5}}}
		i.DaysOfMonth = []timeinterval.DayOfMonthRange{{InclusiveRange: timeinterval.InclusiveRange{Begin: -3, End: -1}}}
		v.Set(reflect.ValueOf(i))
		return
	case reflect.TypeFor[*rules.Schedule]():
		s, _ := file.ReadSchedule("5 4 * * * UTC")
		v.Set(reflect.ValueOf(s))
		return
	case reflect.TypeFor[model.ValidationScheme]():
		v.Set(reflect.ValueOf(model.LegacyValidation))
		return
	case reflect.TypeFor[rules.Level]():
		v.Set(reflect.ValueOf(rules.Warn))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(strings.Repeat("s", *n%5+1))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(*n % 200))
	case reflect.Float64:
		v.SetFloat(math.Inf(1 - *n%2*2))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n, depth)
	case reflect.Slice:
		if v.Type().Elem() == reflect.TypeFor[*rules.Route]() && depth > 1 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n, depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n, depth)
		}
	}
}

// same compares all that is to be seen; of functions, only whether they are there.
func same(t *testing.T, a, b reflect.Value, path string) {
	t.Helper()
	switch {
	case a.Type() == reflect.TypeFor[labels.Labels](), a.Type() == reflect.TypeFor[relabel.Regexp](),
		a.Type() == reflect.TypeFor[*time.Location]():
		x, _ := json.Marshal(a.Interface())
		y, _ := json.Marshal(b.Interface())
		if loc, ok := a.Interface().(*time.Location); ok && loc != nil && b.Interface().(*time.Location) != nil {
			x, y = []byte(loc.String()), []byte(b.Interface().(*time.Location).String())
		}
		if string(x) != string(y) {
			t.Errorf("%s: %s is not %s", path, y, x)
		}
		return
	case a.Type() == reflect.TypeFor[amlabels.Matcher]():
		x, y := a.Interface().(amlabels.Matcher), b.Interface().(amlabels.Matcher)
		if x.String() != y.String() || x.Matches("xxx") != y.Matches("xxx") {
			t.Errorf("%s: %s is not %s", path, &y, &x)
		}
		return
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				t.Errorf("%s: one is missing", path)
			}
			return
		}
		same(t, a.Elem(), b.Elem(), path)
	case reflect.Func:
		if a.IsNil() != b.IsNil() {
			t.Errorf("%s: one has no function", path)
		}
	case reflect.Slice:
		if a.Len() != b.Len() {
			t.Errorf("%s: %d, was %d", path, b.Len(), a.Len())
			return
		}
		for i := range a.Len() {
			same(t, a.Index(i), b.Index(i), path+"[]")
		}
	case reflect.Struct:
		for i := range a.NumField() {
			same(t, a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name)
		}
	default:
		if !a.Equal(b) {
			t.Errorf("%s: %v, was %v", path, b, a)
		}
	}
}

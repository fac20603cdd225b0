package evaluator_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

func TestRestoreRefusesWhatIsNotItsOwn(t *testing.T) {
	tests := []struct{ sentence, kind, key, value, want string }{
		{"a row of another kind", rules.KindTold, "g/Hot", "{}", `kind "told"`},
		{"a state of another rule", rules.KindState, "g/Other\x00k", "{}", `not of rule "g/Hot"`},
		{"a state without an instance", rules.KindState, "g/Hot", "{}", `not of rule "g/Hot"`},
		{"a state that was cut short", rules.KindState, "g/Hot\x00k", `{"at":`, "unexpected end"},
		{"a phase that nobody knows", rules.KindState, "g/Hot\x00k", `{"warn":{"phase":"x"}}`, `unknown phase "x"`},
		{"an alert that nothing upholds", rules.KindState, "g/Hot\x00k", `{"alert":{"episode":"x"}}`, "disagree"},
		{"a level that nobody was told of", rules.KindState, "g/Hot\x00k", `{"warn":{"phase":"firing"}}`, "disagree"},
		{"a rule that was cut short", rules.KindRule, "g/Hot", `{`, "unexpected end"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			m := evaluator.New(thresholdRule(above(70, 60), nil))
			err := m.Restore(rules.Stored{Kind: test.kind, Key: test.key, Value: []byte(test.value)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if m.Instances() != 0 {
				t.Error("an instance came of it")
			}
		})
	}
}

func TestSeriesThatCannotBeReadIsPassedOver(t *testing.T) {
	m := evaluator.New(thresholdRule(above(70, 60), nil))
	o := good(minute, evaluator.Sample{Raw: "host=a", Value: 80}, evaluator.Sample{Raw: "<broken", Value: 80})
	o.Answer.Parse = func(raw string) (labels.Labels, error) {
		if raw == "<broken" {
			return labels.EmptyLabels(), errors.New("no labels")
		}
		return parse(raw)
	}
	if c := m.Observe(o); len(c) != 1 || name(*c[0].Alert) != "a" {
		t.Errorf("changes %v, want a raise of a", c)
	}
	if got, want := m.Status().Error, `series "<broken": no labels`; got != want {
		t.Errorf("status says %q, want %q", got, want)
	}
}

func TestSameSeriesTwiceCountsOnce(t *testing.T) {
	m := evaluator.New(thresholdRule(above(70, 60), above(80, 70)))
	twice := []evaluator.Sample{{Raw: "host=a", Value: 75}, {Raw: "host=b", Value: 75}, {Raw: ",host=a", Value: 90}}
	for at := minute; at < 4*minute; at += minute {
		if c := m.Observe(good(at, twice...)); at > minute && len(c) > 0 {
			t.Errorf("a change at %d: %v", at, c[0])
		}
	}
	if m.Instances() != 2 {
		t.Errorf("%d instances, want 2", m.Instances())
	}
}

// A rule that was removed while the daemon was down is known by its rows alone.
func TestRemoveByKeyAlone(t *testing.T) {
	r := thresholdRule(above(70, 60), nil)
	r.Annotations = []rules.Annotation{{Name: "summary", Text: "hot"}}
	store := map[string][]byte{}
	m := evaluator.New(r)
	m.Observe(good(minute, evaluator.Sample{Raw: "host=a", Value: 80}))
	saveRows(t, m, store)
	m = restored(t, &rules.Rule{Key: r.Key}, store, minute)
	changes := m.Remove(2 * minute)
	if len(changes) != 1 {
		t.Fatalf("%d changes, want 1", len(changes))
	}
	a := changes[0].Alert
	if a.Name != "Hot" || a.Value != 80 || a.Bound != 70 || len(a.Annotations) != 1 || a.Expr != r.Expr || a.EndsAt != 2*minute {
		t.Errorf("resolved as %+v", a)
	}
	if saveRows(t, m, store); len(store) > 0 {
		t.Errorf("rows are left: %q", store)
	}
}

// FuzzRestore looks for a row that does harm: it is refused, or the machine goes
// on with it.
func FuzzRestore(f *testing.F) {
	f.Add(`{"at":1,"series":{"host":"a"},"warn":{"phase":"pending","timer":{"since":1,"credit":5}}}`)
	f.Add(`{"flap":{"raises":[1,2,3],"latch":"warn"},"alert":{"episode":"x"}}`)
	f.Add(`{"warn":{"phase":"pending","ring":18446744073709551615},"absent":{"last":5}}`)
	f.Fuzz(func(t *testing.T, row string) {
		m := evaluator.New(thresholdRule(above(70, 60), above(80, 70)))
		if err := m.Restore(rules.Stored{Kind: rules.KindState, Key: "g/Hot\x00k", Value: []byte(row)}); err != nil {
			return
		}
		m.RestoreLast(5)
		for at := minute; at < 20*minute; at += minute {
			m.Observe(good(at, evaluator.Sample{Raw: "host=b", Value: 85}))
		}
		m.Remove(20 * minute)
		if m.Instances() > 0 {
			t.Errorf("%d instances are left", m.Instances())
		}
	})
}

func TestRemembersWhatNeedsACheckpoint(t *testing.T) {
	m := evaluator.New(thresholdRule(above(70, 60), nil))
	steps := []struct {
		sentence string
		o        evaluator.Observation
		want     bool
	}{
		{"what is ok needs none", good(1*minute, evaluator.Sample{Raw: "host=a", Value: 1}), false},
		{"an empty answer starts a timer", good(2 * minute), true},
		{"and data stop it", good(3*minute, evaluator.Sample{Raw: "host=a", Value: 1}), false},
		{"an instance has timers", good(4*minute, evaluator.Sample{Raw: "host=a", Value: 80}), true},
	}
	for _, s := range steps {
		if m.Observe(s.o); m.Remembers() != s.want {
			t.Errorf("%s: %t", s.sentence, m.Remembers())
		}
	}
}

func TestListShowsWhatWaits(t *testing.T) {
	r := thresholdRule(above(70, 60), above(80, 70))
	r.Levels.Warn.For = 5 * time.Minute
	r.Labels = []rules.LabelTemplate{{Name: "team", Text: "web"}}
	m := evaluator.New(r)
	m.Observe(good(1*minute, evaluator.Sample{Raw: "host=a", Value: 75}))
	m.Observe(good(2*minute, evaluator.Sample{Raw: "host=a", Value: 76}))
	var got []evaluator.Instance
	m.List(func(i evaluator.Instance) { got = append(got, i) })
	if len(got) != 1 {
		t.Fatalf("%d instances, want 1", len(got))
	}
	i, warn := got[0], got[0].Levels[0]
	if want := `{alertname="Hot", host="a", team="web"}`; i.Labels.String() != want || i.Alert != nil || i.Value != 76 {
		t.Errorf("labels %s, alert %v, value %v; want %s, none, 76", i.Labels, i.Alert, i.Value, want)
	}
	if warn.Phase != evaluator.Pending || warn.Credit != time.Minute || warn.Needed != 5*time.Minute || warn.Since != minute {
		t.Errorf("warn %+v, want pending since 1m with 1m of 5m", warn)
	}
}

func TestStatusCounts(t *testing.T) {
	r := thresholdRule(above(70, 60), above(80, 70))
	r.Levels.Error.For = 1 << 40
	r.Flap.Raises = 2
	m := evaluator.New(r)
	host := func(h string, v float64) evaluator.Sample { return evaluator.Sample{Raw: "host=" + h, Value: v} }
	m.Observe(good(1*minute, host("a", 75), host("b", 75)))
	m.Observe(good(2*minute, host("a", 50), host("b", 75)))
	m.Observe(good(3*minute, host("a", 75), host("b", 85), host("c", 75)))
	got := m.Status()
	want := evaluator.Status{
		Health: evaluator.Healthy, LastGood: 3 * minute,
		Pending: 1, Warning: 3, Flapping: 1,
	}
	if got != want {
		t.Errorf("status %+v, want %+v", got, want)
	}
}

func TestErrorOfAnyLengthIsCut(t *testing.T) {
	m := evaluator.New(thresholdRule(above(70, 60), nil))
	o := good(minute)
	o.Answer = evaluator.Answer{Outcome: evaluator.BadQuery, Error: "x" + strings.Repeat("ä", 1<<20)}
	m.Observe(o)
	m.Alerts(func(a evaluator.Alert) {
		if n := len(a.Annotations[0].Text); n > 600 {
			t.Errorf("a summary of %d bytes", n)
		}
	})
	if s := m.Status().Error; strings.ToValidUTF8(s, "?") != s {
		t.Error("cut within a character")
	}
}

func TestEpisodesDifferByRuleInstanceAndTime(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []string{"g/Hot", "g/Hot2"} {
		r := thresholdRule(above(70, 60), nil)
		r.Key, r.Flap = key, rules.Flap{}
		m := evaluator.New(r)
		for at := minute; at < 10*minute; at += minute {
			v := 50 + 30*float64(at/minute%2)
			for _, c := range m.Observe(good(at, evaluator.Sample{Raw: "host=a", Value: v}, evaluator.Sample{Raw: "host=b", Value: v})) {
				if c.Kind == evaluator.Raise && seen[c.Alert.Episode] {
					t.Errorf("episode %s twice", c.Alert.Episode)
				}
				seen[c.Alert.Episode] = true
			}
		}
	}
	if len(seen) != 2*2*5 {
		t.Errorf("%d episodes, want 20", len(seen))
	}
}

// An alert that was handed out is shared: whatever comes after, it stays as it was.
func TestAlertsThatWereHandedOutStayAsTheyWere(t *testing.T) {
	rule := thresholdRule(above(70, 60), above(90, 80))
	m := evaluator.New(rule)
	var shared []*evaluator.Alert
	var were []evaluator.Alert
	keep := func(all []evaluator.Change) {
		for _, c := range all {
			shared, were = append(shared, c.Alert), append(were, *c.Alert)
		}
	}
	for n, value := range []float64{80, 95, 85, 95, 50, 80} {
		keep(m.Observe(good(model.Time(n+1)*minute, evaluator.Sample{Raw: "host=a", Value: value})))
		m.Rows(func(rules.Row) {})
	}
	reworded := *rule
	reworded.Expr, reworded.Annotations = rule.Expr+" + 0", []rules.Annotation{{Name: "summary", Text: "another"}}
	keep(m.Reload(&reworded, 10*minute))
	keep(m.End("host=a", 11*minute))
	keep(m.Remove(12 * minute))
	if len(were) < 5 {
		t.Fatalf("%d changes", len(were))
	}
	for n, a := range shared {
		if !reflect.DeepEqual(*a, were[n]) {
			t.Errorf("change %d said\n %+v\nand now\n %+v", n, were[n], *a)
		}
	}
}

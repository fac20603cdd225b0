package messagetest

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// A Case is a delivery with a name.
type Case struct {
	Name     string
	Delivery notifier.Delivery
}

// At is when the deliveries of the cases were planned: 22 November 2026, 14:10
// UTC.
const At model.Time = 1795356600000

const minute = 60_000

// Settings are those that the cases are rendered with.
func Settings() message.Settings {
	return message.Settings{
		ExternalURL:    "https://tocsin.example.org",
		ExternalLabels: labels.FromStrings("cluster", "eu1"),
		SourceURLs:     map[string]string{"default": "https://prometheus.example.org/"},
	}
}

// Maker renders with these settings, and has no source to ask.
func Maker(t testing.TB) *message.Maker {
	t.Helper()
	r, err := message.New(Settings())
	if err != nil {
		t.Fatal(err)
	}
	return message.NewMaker(r, nil)
}

// latency is an alert of the rule that most cases are about.
func latency(route string, level rules.Level, value float64) evaluator.Alert {
	bound := 0.3
	if level == rules.Error {
		bound = 0.5
	}
	series := labels.FromStrings("__name__", "latency", "instance", "api-0", "job", "api", "route", route)
	return evaluator.Alert{
		Rule: "api/ApiLatencyP95", Instance: "i-" + route, Name: "ApiLatencyP95",
		Labels: labels.FromStrings("alertname", "ApiLatencyP95", "instance", "api-0", "job", "api", "route", route, "team", "web"),
		Series: series, Level: level, Notify: level, Episode: "e-" + route,
		StartsAt: At - 5*minute, LevelSince: At - 5*minute,
		Value: rules.Number(value), Bound: rules.Number(bound), Side: rules.Above, Unit: rules.Seconds,
		Reason: evaluator.Breached, Source: "default",
		Expr: `histogram_quantile(0.95, sum by (le, route) (rate(http_request_duration_seconds_bucket{job="api"}[5m])))`,
		Annotations: []rules.Annotation{
			{Name: "summary", Text: "p95 of {{ $labels.route }} is {{ $value | humanizeDuration }}"},
			{Name: "description", Text: "Users of {{ $labels.route }} in {{ $externalLabels.cluster }} wait.\nLook at the database first."},
			{Name: "runbook_url", Text: "https://runbooks.example.org/api-latency"},
			{Name: "dashboard_url", Text: "https://grafana.example.org/d/api?var-route={{ urlQueryEscape $labels.route }}"},
		},
		Has: 1<<rules.Warn | 1<<rules.Error,
	}
}

func resolved(a evaluator.Alert, value float64) evaluator.Alert {
	a.Level, a.Notify, a.EndsAt, a.LevelSince = rules.OK, rules.OK, At, At
	a.Value, a.Reason = rules.Number(value), evaluator.Recovered
	return a
}

// Entry is an entry of an alert as people see it.
func Entry(a evaluator.Alert, news notifier.News, was rules.Level) notifier.Entry {
	b := labels.NewBuilder(a.Labels)
	b.Set("cluster", "eu1")
	if severity := (rules.SeverityLabels{Warn: "warning", Error: "critical"}).Of(max(a.Notify, was)); severity != "" {
		b.Set("severity", severity)
	}
	return notifier.Entry{Alert: &a, Labels: b.Labels(), News: news, Was: was}
}

func delivery(reason notifier.Reason, firing, over []notifier.Entry) notifier.Delivery {
	d := notifier.Delivery{
		ID: "d" + string(reason), Integration: "slack-1", Kind: "slack", Receiver: "web-team",
		Group: notifier.Group{
			Key: `{}:{alertname="ApiLatencyP95"}`, Route: "{}",
			Labels: labels.FromStrings("alertname", "ApiLatencyP95"), Episode: "g1",
		},
		Reason: reason, At: At, Firing: firing, Resolved: over, Attempt: 1,
	}
	for _, e := range firing {
		d.Level = max(d.Level, e.Alert.Notify)
	}
	return d
}

// Cases returns one delivery of each kind.
func Cases() []Case {
	e := func(list ...notifier.Entry) []notifier.Entry { return list }
	warn := Entry(latency("/orders", rules.Warn, 0.412), notifier.New, rules.OK)
	same := Entry(latency("/orders", rules.Warn, 0.412), notifier.Same, rules.Warn)
	bad := latency("/pay", rules.Error, 0.6183)
	raised := bad
	raised.StartsAt = At - 12*minute
	lowered := latency("/pay", rules.Warn, 0.38)
	lowered.StartsAt = At - 26*60*minute
	over := Entry(resolved(latency("/orders", rules.Warn, 0), 0.2404), notifier.Resolved, rules.Warn)
	cases := []Case{
		{"first", delivery(notifier.ReasonFirst, e(warn), nil)},
		{"first-error", delivery(notifier.ReasonFirst, e(Entry(bad, notifier.New, rules.OK)), nil)},
		{"raised", delivery(notifier.ReasonRaised, e(Entry(raised, notifier.Raised, rules.Warn)), nil)},
		{"joined", delivery(notifier.ReasonNew, e(Entry(bad, notifier.New, rules.OK), same), nil)},
		{"lowered", delivery(notifier.ReasonChanged, e(Entry(lowered, notifier.Lowered, rules.Error)), nil)},
		{"resolved", delivery(notifier.ReasonResolved, nil, e(over))},
		{"some-resolved", delivery(notifier.ReasonChanged, e(Entry(bad, notifier.Same, rules.Error)), e(over))},
		{"reminder", delivery(notifier.ReasonReminder, e(Entry(bad, notifier.Same, rules.Error), same), nil)},
		{"reminder-one", delivery(notifier.ReasonReminder, e(Entry(raised, notifier.Same, rules.Error)), nil)},
		{"flapping", delivery(notifier.ReasonChanged, e(flapping()), nil)},
		{"lowered-away", delivery(notifier.ReasonResolved, nil, e(Entry(lowered, notifier.Resolved, rules.Error)))},
		{"new-flapping", delivery(notifier.ReasonFirst, e(newFlapping()), nil)},
		{"many", many(60)},
		{"no-data", delivery(notifier.ReasonFirst, e(Entry(noData(), notifier.New, rules.OK)), nil)},
		{"no-data-over", delivery(notifier.ReasonResolved, nil, e(Entry(dataAgain(), notifier.Resolved, rules.Warn)))},
		{"source-down", delivery(notifier.ReasonFirst, e(Entry(sourceDown(), notifier.New, rules.OK)), nil)},
		{"source-back", delivery(notifier.ReasonResolved, nil, e(Entry(resolved(sourceDown(), 0), notifier.Resolved, rules.Error)))},
		{"presence", delivery(notifier.ReasonFirst, e(Entry(down(), notifier.New, rules.OK)), nil)},
		{"infinite", delivery(notifier.ReasonFirst, e(Entry(infinite(), notifier.New, rules.OK)), nil)},
		{"hostile", hostile()},
		{"held", delivery(notifier.ReasonReminder, e(held(bad, "acknowledged by ada: on it"), held(latency("/orders", rules.Warn, 0.412), "silenced by bob until 16:00 UTC")), nil)},
		{"digest", digest()},
	}
	return identified(cases)
}

// identified gives each case's delivery an id of its own.
func identified(cases []Case) []Case {
	for n := range cases {
		cases[n].Delivery.ID = "id-" + cases[n].Name
	}
	return cases
}

func flapping() notifier.Entry {
	a := latency("/orders", rules.Warn, 0.22)
	a.Level, a.Flapping, a.Reason = rules.OK, true, evaluator.Flaps
	return Entry(a, notifier.FlapBegan, rules.Warn)
}

// newFlapping is the raise that makes a flap: new in its group, and flapping.
func newFlapping() notifier.Entry {
	a := latency("/orders", rules.Warn, 0.412)
	a.Flapping = true
	return Entry(a, notifier.New, rules.OK)
}

func many(n int) notifier.Delivery {
	var firing []notifier.Entry
	for k := range n {
		level := rules.Warn
		if k < n/3 {
			level = rules.Error
		}
		a := latency(fmt.Sprintf("/route/%02d", k), level, 0.3+float64(n-k)/100)
		firing = append(firing, Entry(a, notifier.New, rules.OK))
	}
	over := Entry(resolved(latency("/old", rules.Warn, 0), 0.1), notifier.Resolved, rules.Warn)
	d := delivery(notifier.ReasonNew, firing, []notifier.Entry{over})
	d.Marks = []string{"the store is failing: a repetition is possible"}
	return d
}

func noData() evaluator.Alert {
	a := latency("", rules.Warn, math.NaN())
	a.Instance, a.Reason, a.Annotations = "!no_data", evaluator.ReasonNoData, a.Annotations[2:3]
	a.Side, a.Bound = rules.Present, 0
	a.Labels = labels.FromStrings("alertname", "ApiLatencyP95", "team", "web")
	return a
}

func dataAgain() evaluator.Alert {
	a := resolved(noData(), math.NaN())
	a.Annotations = append(a.Annotations[:1:1], rules.Annotation{Name: "summary", Text: `{{ "the query of rule \"ApiLatencyP95\" returns nothing: no data for 10m" }}`})
	return a
}

// sourceDown is an alert of tocsin's own: it has no series and no value.
func sourceDown() evaluator.Alert {
	return evaluator.Alert{
		Rule: "!tocsin", Instance: "source/default/down", Name: "TocsinSourceDown", Episode: "e-source",
		Labels: labels.FromStrings("alertname", "TocsinSourceDown", "source", "default"),
		Level:  rules.Error, Notify: rules.Error, StartsAt: At - 90_000, LevelSince: At - 90_000,
		Side: rules.Present, Reason: evaluator.SourceFailing,
		Annotations: []rules.Annotation{{Name: "summary", Text: "source default does not answer"}},
		Has:         1 << rules.Error,
	}
}

func down() evaluator.Alert {
	return evaluator.Alert{
		Rule: "up/InstanceDown", Instance: "i", Name: "InstanceDown", Episode: "e-down",
		Labels: labels.FromStrings("alertname", "InstanceDown", "instance", "web-0:80", "job", "web"),
		Series: labels.FromStrings("__name__", "up", "instance", "web-0:80", "job", "web"),
		Level:  rules.Error, Notify: rules.Error, StartsAt: At - 90_000, LevelSince: At - 90_000,
		Side: rules.Present, Reason: evaluator.Breached, FixedSeverity: "page", Source: "default", Expr: "up == 0",
		Annotations: []rules.Annotation{{Name: "summary", Text: "{{ $labels.instance }} is down"}},
		Has:         1 << rules.Error,
	}
}

func infinite() evaluator.Alert {
	a := latency("/pay", rules.Error, math.Inf(1))
	a.Name, a.Unit, a.Bound = "ErrorRate", rules.Ratio, 0.05
	a.Labels = labels.FromStrings("alertname", "ErrorRate", "job", "api")
	a.Annotations = []rules.Annotation{{Name: "summary", Text: "errors are {{ $value }} times the successes"}}
	return a
}

func hostile() notifier.Delivery {
	values := map[string]string{
		"everybody": "<!channel> <!here> @channel <@U123>",
		"html":      `<script>alert(1)</script><img src=x onerror=alert(1)>&amp;`,
		"mrkdwn":    "*bold* _it_ ~no~ `code` ```block``` :smile:",
		"link":      "<https://evil.example.org|Runbook> javascript:alert(1)",
		"lines":     "one\r\ntwo\nSubject: gone\r\n\r\n.\r\nbody",
		"emoji":     "👩‍👩‍👧‍👦🔥",
		"rtl":       "שלום \u202Egnitset\u202C",
		"control":   "\x00\x07\x1b[31m",
		"invalid":   "\xff\xfe",
		"template":  "{{ .Evil }}",
		"long":      strings.Repeat("lorem ipsum <&> ", 1<<16),
	}
	b := labels.NewBuilder(labels.FromStrings("alertname", "<b>Evil</b> *alert* `x`"))
	for name, value := range values {
		b.Set(name, value)
	}
	a := latency("/x", rules.Error, 0.7)
	a.Name, a.Labels, a.Series, a.Unit = "<b>Evil</b> *alert* `x`", b.Labels(), b.Labels(), "<i>*widgets*</i>"
	a.Annotations = []rules.Annotation{
		{Name: "summary", Text: "{{ $labels.everybody }} {{ $labels.html }} {{ $labels.rtl }} {{ $labels.lines }}"},
		{Name: "description", Text: "{{ $labels.long }}"},
		{Name: "runbook_url", Text: "javascript:alert(1)"},
		{Name: "dashboard_url", Text: "https://grafana.example.org/a|b>c<d?x=\"&y='"},
		{Name: "broken", Text: "{{ fail }}"},
	}
	d := delivery(notifier.ReasonFirst, []notifier.Entry{Entry(a, notifier.New, rules.OK)}, nil)
	d.Group.Labels = labels.FromStrings("alertname", a.Name, "lines", values["lines"])
	d.Receiver = "<web> *team*"
	d.Marks = []string{"<!channel> state was lost\nreally"}
	return d
}

package check

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/sample"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// A trial renders templates against sample alerts of each level, and finds those
// that would fail when people are to be told, or be cut. Queries in templates are
// not asked: each is answered by one sample.
type trial struct {
	renderer *message.Renderer
	prices   prices
	scene    sample.Scene // but for the rule and the level
	rules    []*rules.Rule
	parsed   map[string]*promql.Expr // the last expression
}

// series is Series that reads the expression of a rule once for all its texts.
func (t *trial) series(r *rules.Rule) labels.Labels {
	expr, ok := t.parsed[r.Expr]
	if !ok {
		expr, _ = promql.Parse(r.Expr)
		t.parsed = map[string]*promql.Expr{r.Expr: expr}
	}
	return seriesOf(r, expr)
}

// sampleTime is when samples are from: a file is as right at any other time.
const sampleTime model.Time = 1_700_000_000_000

// newTrial returns a trial of what a config loads; nil loaded: of rules alone.
func newTrial(l *file.Loaded, all []*rules.Rule) (*trial, error) {
	s := message.Settings{SourceURLs: map[string]string{}}
	scene := sample.Scene{At: sampleTime, Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"}}
	var bodies []string
	if l != nil {
		s.ExternalURL, s.ExternalLabels = l.ExternalURL, l.Core.ExternalLabels
		scene.External, scene.Severity = l.Core.ExternalLabels, l.Core.Severity
		for _, t := range l.Templates {
			s.Templates = append(s.Templates, message.File{Name: t.Name, Text: t.Text})
			bodies = append(bodies, t.Text)
		}
	}
	renderer, err := message.New(s)
	if err != nil {
		return nil, err
	}
	return &trial{renderer: renderer, prices: pricesOf(bodies), scene: scene, rules: all}, nil
}

// run tries all texts.
func (t *trial) run(texts []file.Text) (problems []rules.Problem) {
	for _, x := range texts {
		switch {
		case !strings.Contains(x.Body, "{{") && utf8.RuneCountInString(x.Body) <= mostAnnotation:
		case multiplies(x.Body) && t.prices.of(x.Body) > tooDear:
			p := x.Problem(file.CodeUntried, 0, "%s is not tried: its loops and calls may take too long", what(x))
			p.Warning = true
			problems = append(problems, p)
		case x.Rule != nil:
			problems = append(problems, t.annotation(x)...)
		default:
			problems = append(problems, t.message(x)...)
		}
	}
	return problems
}

func what(x file.Text) string {
	switch x.Use {
	case file.SlackPart, file.SlackLink, file.SlackColor:
		return "Slack " + x.Name
	case file.OtherText, file.AnnotationText, file.SlackTitle, file.SlackText, file.MailText, file.MailHTML,
		file.MailHeader, file.RouteLabel, file.WebhookPayload, file.RequestText, file.OwnRequests:
	}
	if x.Name == "" {
		return x.Use.String()
	}
	return fmt.Sprintf("%s %q", x.Use, x.Name)
}

// annotation tries an annotation for each level that its rule has, and for its
// end. What fails for one value of the labels and not for another is given the
// benefit of the doubt: the labels are made up.
func (t *trial) annotation(x file.Text) []rules.Problem {
	own := *x.Rule
	own.Annotations = []rules.Annotation{{Name: x.Name, Text: x.Body}}
	scenes, kinds := t.scenes(&own, t.series(&own)), []sample.Kind{sample.Firing, sample.Resolved}
	if !branches(x.Body) && len(scenes) > 0 {
		scenes, kinds = scenes[len(scenes)-1:], kinds[:1] // they all go the same way
	}
	longest := 0
	for _, s := range scenes {
		for _, kind := range kinds {
			text, err := t.likely(s, kind)
			if err != nil {
				return []rules.Problem{failure(x, err, s.Level, kind)}
			}
			longest = max(longest, utf8.RuneCountInString(text))
		}
	}
	if shown := x.Name == "summary" || x.Name == "description"; shown && longest > mostAnnotation {
		return []rules.Problem{cut(x, longest, mostAnnotation, "characters")}
	}
	return nil
}

// mostAnnotation is how much of a summary or a description a message shows at most.
const mostAnnotation = 1000

// scenes are one for each level that a rule has.
func (t *trial) scenes(r *rules.Rule, series labels.Labels) (scenes []sample.Scene) {
	for _, level := range []rules.Level{rules.Warn, rules.Error} {
		if r.Levels.At(level) != nil {
			s := t.scene
			s.Rule, s.Level, s.Series = r, level, series
			scenes = append(scenes, s)
		}
	}
	return scenes
}

// likely annotates with the names of labels as their values, and, where that fails,
// with those that functions want: numbers, durations, addresses.
func (t *trial) likely(s sample.Scene, kind sample.Kind) (string, error) {
	text, err := t.annotate(s, kind)
	if err == nil {
		return text, nil
	}
	for _, value := range []string{"1", "1m", "10.0.0.1:80"} {
		other := s
		other.Series = valued(s.Series, value)
		if text, failed := t.annotate(other, kind); failed == nil {
			return text, nil
		}
	}
	return "", err
}

// valued gives all labels one value.
func valued(series labels.Labels, value string) labels.Labels {
	b := labels.NewBuilder(series)
	series.Range(func(l labels.Label) { b.Set(l.Name, value) })
	return b.Labels()
}

func (t *trial) annotate(s sample.Scene, kind sample.Kind) (string, error) {
	m := t.render(s.Delivery(kind, rules.Integration{Kind: "webhook", Receiver: "sample"}))
	if len(m.Errors) > 0 {
		return "", m.Errors[0]
	}
	for _, p := range m.Items[0].Annotations {
		return p.Value, nil
	}
	return "", nil
}

// render renders a delivery, and answers what its templates ask.
func (t *trial) render(d notifier.Delivery) *message.Message {
	answers := message.Answers{}
	for range 10 { // a query may depend on the answer to another
		m, missing := t.renderer.Render(d, 0, answers)
		if len(missing) == 0 {
			return m
		}
		for _, q := range missing {
			answers[q] = oneSample()
		}
	}
	m, _ := t.renderer.Render(d, 0, answers)
	return m
}

func oneSample() evaluator.Answer {
	return evaluator.Answer{
		Samples: []evaluator.Sample{{Value: 1}},
		Parse:   func(string) (labels.Labels, error) { return labels.FromStrings("sample", "1"), nil },
	}
}

// failure reports a template that fails.
func failure(x file.Text, err error, level rules.Level, kind sample.Kind) rules.Problem {
	line, text := 0, err.Error()
	if at := strings.LastIndex(text, "template: "); at >= 0 {
		part := text[:at]
		line, text = position(text[at+len("template: "):])
		if x.Use == file.OwnRequests {
			line, text = 0, strings.TrimSuffix(part, "template: ")+text
		}
	}
	p := x.Problem(file.CodeRender, line, "%s would fail when it is sent (%s, level %s): %s", what(x), kind, level, text)
	p.Hint = "people would get tocsin's own text, and the error"
	switch {
	case x.Use == file.OwnRequests:
		p.Hint = "nobody would be told: the request is given up"
	case x.Use == file.WebhookPayload:
		p.Hint = "the body would be tocsin's own, and the error be reported"
	case x.Use == file.SlackPart, x.Use == file.SlackLink, x.Use == file.SlackColor:
		p.Hint = "the message would go without it, and the error be reported"
	case x.Rule != nil:
		p.Hint = "people would read the error in its place"
	}
	return p
}

// position takes "name:line:column: executing … at <.X>: text" apart. The line
// counts only if it is in the text itself.
func position(s string) (line int, text string) {
	name, rest, _ := strings.Cut(s, ":")
	var column int
	if _, err := fmt.Sscanf(rest, "%d:%d:", &line, &column); err != nil {
		if _, err := fmt.Sscanf(rest, "%d:", &line); err != nil {
			return 0, s
		}
	}
	if _, after, ok := strings.Cut(rest, ": "); ok {
		text = after
	}
	if _, after, ok := strings.Cut(text, " at <"); ok && strings.HasPrefix(text, "executing ") {
		text = "<" + after
	}
	if name != "" && !strings.HasPrefix(name, "__alert_") {
		return 0, "in " + filepath.Base(name) + ", line " + fmt.Sprint(line) + ": " + text
	}
	return line, text
}

func cut(x file.Text, has, most int, unit string) rules.Problem {
	p := x.Problem(file.CodeCut, 0, "%s would be cut: it makes %d %s of the samples, and %d are shown", what(x), has, unit, most)
	p.Warning = true
	return p
}

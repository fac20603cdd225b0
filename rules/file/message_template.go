package file

import (
	"html/template"
	"maps"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	amtemplate "github.com/prometheus/alertmanager/template"
)

// messages checks the templates of receivers as far as can be told before there
// is a message: that they parse, and that what they call is defined. One that
// fails all the same falls back to a plain text.
type messages struct {
	base *texttemplate.Template
}

// newMessages holds Alertmanager's default templates and the users' files, each
// of which is reported if it does not parse.
func (l *loader) newMessages(files []Template) (*messages, error) {
	m := &messages{}
	_, err := amtemplate.FromGlobs(nil, func(t *texttemplate.Template, _ *template.Template) { m.base = t })
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if _, err := m.base.New(f.Name).Parse(f.Text); err != nil {
			d := newDoc(f.Name, []byte(f.Text), l.sink)
			line, why := templateError(err.Error())
			p := d.whole().bad(CodeTemplate, "template: %s", why)
			p.Line, p.Col = min(max(line, 1), len(d.lines)), 1
		}
	}
	return m, nil
}

// check reports a text that does not parse, or calls what is not defined.
func (m *messages) check(t text) {
	if !strings.Contains(t.s, "{{") {
		return
	}
	if len(t.s) > maxTemplate {
		t.bad(CodeTemplate, "template has %d bytes, more than the %d that are read", len(t.s), maxTemplate)
		return
	}
	clone, err := m.base.Clone()
	if err != nil {
		return // it was parsed before
	}
	parsed, err := clone.New("text").Parse(t.s)
	if err != nil {
		line, why := templateError(err.Error())
		p := t.bad(CodeTemplate, "template: %s", why)
		if from, to, ok := lineOf(t.s, line); ok {
			t.within(p, from, to)
		}
		return
	}
	walkTemplate(parsed.Root, func(n parse.Node) {
		if call, ok := n.(*parse.TemplateNode); ok && clone.Lookup(call.Name) == nil {
			p := t.bad(CodeTemplate, "template %q is not defined", short(call.Name))
			p.Hint = "define it in a file that templates: names"
			at := int(call.Position())
			t.within(p, at, min(at+len(call.Name)+2, len(t.s)))
		}
	})
}

// route checks the labels of a route and of those below it.
func (m *messages) route(r *rawRoute) {
	if r == nil {
		return
	}
	for _, e := range r.labels {
		m.check(e.value)
	}
	for _, child := range r.routes {
		m.route(child)
	}
}

// all checks the texts of all receivers.
func (m *messages) all(receivers []*rawReceiver) {
	for _, r := range receivers {
		for _, s := range r.slacks {
			for _, t := range s.templates() {
				m.check(t.at)
			}
		}
		for _, w := range r.webhooks {
			for _, t := range w.templates() {
				m.check(t.at)
			}
		}
		for _, e := range r.emails {
			m.check(e.html)
			m.check(e.text)
			for _, name := range slices.Sorted(maps.Keys(e.headers)) {
				m.check(e.headers[name])
			}
		}
		for _, q := range r.requests {
			m.requests(q)
		}
	}
}

// requests checks the texts of a receiver of requests, and its requests if it
// writes them itself, which have functions of their own.
func (m *messages) requests(q *rawRequest) {
	for _, t := range q.texts {
		m.check(t)
	}
	if q.own == nil {
		return
	}
	base, err := m.base.Clone()
	if err != nil {
		return // it was parsed before
	}
	own := &messages{base.Funcs(RequestFunctions())}
	for _, t := range append(q.own.templates(), q.url.value) {
		own.check(t)
	}
}

// RequestFunctions are the names of the functions that requests have besides
// those of Alertmanager's templates. Only the names matter here.
func RequestFunctions() map[string]any {
	all := map[string]any{}
	for _, name := range []string{"cut", "fits", "htmlEscape", "markdown", "lines", "items", "teams", "structured", "atMost"} {
		all[name] = func(...any) string { return "" }
	}
	return all
}

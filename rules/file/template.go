package file

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/template"

	"tocsin/rules"
)

// templateHead defines the variables that Prometheus gives to templates.
const templateHead = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}" +
	"{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// maxTemplate bounds a template: the time to parse one grows with the square of
// its nesting.
const maxTemplate = 16 << 10

// A templateData is what a template of a rule sees.
type templateData struct {
	Labels         map[string]string
	ExternalLabels map[string]string
	ExternalURL    string
	Value          any
}

// expander makes Prometheus' own expander of a text. It has no query: a label
// that asks one is refused when it is read.
func expander(text, name string, data templateData, at model.Time) *template.Expander {
	u, err := url.Parse(data.ExternalURL)
	if err != nil {
		u = &url.URL{}
	}
	return template.NewTemplateExpander(context.Background(), templateHead+text, "__alert_"+name, data, at, nil, u, nil)
}

// checkTemplate reports a template that does not parse.
func checkTemplate(t text, name string) bool {
	if !strings.Contains(t.s, "{{") {
		return true
	}
	if len(t.s) > maxTemplate {
		t.bad(CodeTemplate, "template has %d bytes, more than the %d that are read", len(t.s), maxTemplate)
		return false
	}
	err := expander(t.s, name, templateData{}, 0).ParseTest()
	if err == nil {
		return true
	}
	line, why := templateError(err.Error())
	prob := t.bad(CodeTemplate, "template: %s", why)
	if from, to, ok := lineOf(t.s, line); ok {
		t.within(prob, from, to)
	}
	return false
}

// templateError takes "template: name:2: text" apart.
func templateError(s string) (line int, why string) {
	m := regexp.MustCompile(`(?s)^template: .*?:(\d+)(?::\d+)?: (.*)$`).FindStringSubmatch(s)
	if m == nil {
		return 1, s
	}
	line, _ = strconv.Atoi(m[1])
	return line, m[2]
}

// lineOf returns where a line of a text is, from its first word on.
func lineOf(s string, line int) (from, to int, ok bool) {
	for range line - 1 {
		i := strings.IndexByte(s[from:], '\n')
		if i < 0 {
			return 0, 0, false
		}
		from += i + 1
	}
	rest, _, _ := strings.Cut(s[from:], "\n")
	trimmed := strings.TrimLeft(rest, " \t")
	return from + len(rest) - len(trimmed), from + len(rest), trimmed != ""
}

// A use says which variables and functions a template uses.
type use struct{ query, clock, value bool }

// usesOf walks the tree of a template that parses.
func usesOf(s string) use {
	tree := parse.New("label")
	tree.Mode = parse.SkipFuncCheck
	var u use
	sets := map[string]*parse.Tree{}
	if _, err := tree.Parse(templateHead+s, "", "", sets); err != nil {
		return u
	}
	// The head itself reads .Value: what counts is what comes after it.
	head := len(templateHead)
	walkTemplate(tree.Root, func(n parse.Node) {
		if int(n.Position()) >= head {
			u.add(n)
		}
	})
	return u
}

func (u *use) add(n parse.Node) {
	switch n := n.(type) {
	case *parse.IdentifierNode:
		u.query = u.query || n.Ident == "query"
		u.clock = u.clock || n.Ident == "now"
	case *parse.VariableNode:
		u.value = u.value || n.Ident[0] == "$value"
	case *parse.FieldNode:
		u.value = u.value || n.Ident[0] == "Value"
	}
}

// walkTemplate calls f for each node below n.
func walkTemplate(n parse.Node, f func(parse.Node)) {
	f(n)
	switch n := n.(type) {
	case *parse.ListNode:
		walkList(n, f)
	case *parse.ActionNode:
		walkPipe(n.Pipe, f)
	case *parse.PipeNode:
		walkPipe(n, f)
	case *parse.CommandNode:
		for _, arg := range n.Args {
			walkTemplate(arg, f)
		}
	case *parse.ChainNode:
		walkTemplate(n.Node, f)
	case *parse.IfNode:
		walkBranch(&n.BranchNode, f)
	case *parse.RangeNode:
		walkBranch(&n.BranchNode, f)
	case *parse.WithNode:
		walkBranch(&n.BranchNode, f)
	case *parse.TemplateNode:
		walkPipe(n.Pipe, f)
	}
}

func walkList(n *parse.ListNode, f func(parse.Node)) {
	if n == nil {
		return
	}
	for _, c := range n.Nodes {
		walkTemplate(c, f)
	}
}

func walkPipe(n *parse.PipeNode, f func(parse.Node)) {
	if n == nil {
		return
	}
	for _, c := range n.Cmds {
		walkTemplate(c, f)
	}
}

func walkBranch(n *parse.BranchNode, f func(parse.Node)) {
	walkPipe(n.Pipe, f)
	walkList(n.List, f)
	walkList(n.ElseList, f)
}

// labelTemplate compiles a label; false if it must not be.
func (b *builder) labelTemplate(e entry, alert string) (rules.LabelTemplate, bool) {
	out := rules.LabelTemplate{Name: e.name, Text: e.value.s}
	if !strings.Contains(e.value.s, "{{") {
		return out, true
	}
	if !checkTemplate(e.value, alert) {
		return out, false
	}
	u := usesOf(e.value.s)
	if u.query || u.clock {
		e.value.bad(CodeTemplate, "label %q asks %s: a label is an identity, and this one would not last", e.name, asked(u)).
			Hint = "put it into an annotation"
		return out, false
	}
	if u.value {
		e.value.warn(CodeValueLabel, "label %q holds the value: it is rendered once, when the alert is raised", e.name).
			Hint = "put it into an annotation"
	}
	out.Expand = CompileLabel(e.value.s, alert, b.def.ExternalLabels, b.def.ExternalURL)
	return out, true
}

// CompileLabel returns how the template of a label is expanded that was found to be
// good when its file was read.
func CompileLabel(text, alert string, external labels.Labels, link string) func(rules.LabelData) (string, error) {
	known := external.Map()
	return func(data rules.LabelData) (string, error) {
		seen := templateData{data.Series.Map(), known, link, data.Value}
		return expander(text, alert, seen, data.At).Expand()
	}
}

func asked(u use) string {
	if u.query {
		return "a query"
	}
	return "the clock"
}

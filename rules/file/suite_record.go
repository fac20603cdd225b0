package file

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"
)

// Record puts lists of notifications into tests of a file, by their place in tests.
// All that is not such a list stays as it is, comments too.
func Record(src []byte, all map[int][]NotificationCase) ([]byte, error) {
	d := newDoc("", src, &sink{})
	root := d.parse()
	if root == nil || d.sink.failed(0) {
		return nil, errors.New("the file changed while its tests ran")
	}
	lines := strings.SplitAfter(string(src), "\n")
	tests, end := testsOf(root, len(lines))
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(all))) {
		if n >= len(tests) {
			return nil, errors.New("the file changed while its tests ran")
		}
		after := end
		if n+1 < len(tests) {
			after = tests[n+1].Line
		}
		edited, err := recordOne(lines, tests[n], after, all[n])
		if err != nil {
			return nil, err
		}
		lines = edited
	}
	return []byte(strings.Join(lines, "")), nil
}

// testsOf returns the items of tests and the line after them.
func testsOf(root *yaml.Node, lines int) (all []*yaml.Node, end int) {
	end = lines + 1
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch key := root.Content[i]; {
		case key.Value == "tests":
			all = resolve(root.Content[i+1]).Content
		case all != nil && key.Line < end:
			end = key.Line
		}
	}
	return all, end
}

// recordOne replaces the list of one test, or adds it behind its last key. after is
// the line on which something else begins.
func recordOne(lines []string, test *yaml.Node, after int, list []NotificationCase) ([]string, error) {
	if test.Kind != yaml.MappingNode || test.Style&yaml.FlowStyle != 0 || len(test.Content) == 0 {
		return nil, fmt.Errorf("line %d: only a test that is written in lines of its own, not in braces, can be recorded", test.Line)
	}
	indent := test.Content[0].Column - 1
	from, until := 0, backedUp(lines, after)
	for i := 0; i+1 < len(test.Content); i += 2 {
		if test.Content[i].Value != "notifications" {
			continue
		}
		from = test.Content[i].Line
		if i+2 < len(test.Content) {
			until = backedUp(lines, test.Content[i+2].Line)
		}
	}
	head := strings.Repeat(" ", indent)
	if from == 0 {
		from = until
		if last := lines[until-2]; !strings.HasSuffix(last, "\n") {
			lines[until-2] = last + "\n"
		}
	} else {
		head = string([]rune(lines[from-1])[:indent])
	}
	text, err := listText(head, strings.Repeat(" ", indent), list)
	if err != nil {
		return nil, err
	}
	return slices.Concat(lines[:from-1], []string{text}, lines[until-1:]), nil
}

// backedUp goes back from a line over what belongs to what begins there: comments,
// empty lines, a dash by itself.
func backedUp(lines []string, line int) int {
	line = min(line, len(lines)+1)
	for line > 2 {
		s := strings.TrimSpace(lines[line-2])
		if s != "" && s != "-" && !strings.HasPrefix(s, "#") {
			break
		}
		line--
	}
	return line
}

// listText writes a list of notifications.
func listText(head, indent string, list []NotificationCase) (string, error) {
	var b strings.Builder
	b.WriteString(head + "notifications:")
	if len(list) == 0 {
		b.WriteString(" []\n")
		return b.String(), nil
	}
	b.WriteString("\n")
	for _, c := range list {
		fmt.Fprintf(&b, "%s  - at: %s\n", indent, shortSpan(c.From))
		for _, kv := range [][2]string{{"to", c.To}, {"by", c.By}, {"why", c.Why}} {
			if kv[1] == "" {
				continue
			}
			v, err := flowText(kv[1])
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s    %s: %s\n", indent, kv[0], v)
		}
		fmt.Fprintf(&b, "%s    alerts:\n", indent)
		for _, a := range c.Alerts {
			v, err := flowText(alertNode(a))
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s      - %s\n", indent, v)
		}
	}
	return b.String(), nil
}

func shortSpan(d time.Duration) string { return model.Duration(d).String() }

// alertNode is an alert as a mapping in braces.
func alertNode(a NotifiedAlert) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	add := func(key string, value *yaml.Node) { n.Content = append(n.Content, scalarNode(key), value) }
	add("alert", scalarNode(a.Alert))
	for _, kv := range [][2]string{{"is", a.Is}, {"news", a.News}, {"reason", a.Reason}} {
		if kv[1] != "" {
			add(kv[0], scalarNode(kv[1]))
		}
	}
	if len(a.Labels) > 0 {
		add("labels", mapNode(a.Labels))
	}
	if len(a.Annotations) > 0 {
		add("annotations", mapNode(a.Annotations))
	}
	return n
}

func mapNode(m map[string]string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		value := scalarNode(m[key])
		if strings.ContainsAny(m[key], "\n\r") {
			value.Style = yaml.DoubleQuotedStyle
		}
		n.Content = append(n.Content, scalarNode(key), value)
	}
	return n
}

// flowText writes a value on one line.
func flowText(v any) (string, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), e.Close()
}

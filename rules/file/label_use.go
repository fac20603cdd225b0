package file

import (
	"slices"
	"strings"
	"text/template/parse"
)

// A LabelUse is where a template of a rule shows a label of the series.
type LabelUse struct {
	Name     string
	From, To int // in bytes of the template
}

// LabelUses returns where a template shows labels of the series. Those that it asks for
// before, with if or with, are left out: they may be missing.
func LabelUses(text string) []LabelUse {
	if !strings.Contains(text, "{{") || !strings.Contains(text, "abels") {
		return nil
	}
	tree := parse.New("label")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(templateHead+text, "", "", map[string]*parse.Tree{}); err != nil {
		return nil
	}
	u := labelUser{text: text}
	u.list(tree.Root, true)
	return slices.DeleteFunc(u.all, func(l LabelUse) bool { return slices.Contains(u.asked, l.Name) })
}

type labelUser struct {
	text  string
	all   []LabelUse
	asked []string // in conditions
}

// list walks nodes; own says that the dot is still what the rule is given.
func (u *labelUser) list(l *parse.ListNode, own bool) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			u.all = append(u.all, u.pipe(n.Pipe, own)...)
		case *parse.TemplateNode:
			u.all = append(u.all, u.pipe(n.Pipe, own)...)
		case *parse.IfNode:
			u.branch(&n.BranchNode, own, own)
		case *parse.WithNode:
			u.branch(&n.BranchNode, own, false)
		case *parse.RangeNode:
			u.branch(&n.BranchNode, own, false)
		}
	}
}

func (u *labelUser) branch(b *parse.BranchNode, own, within bool) {
	for _, use := range u.pipe(b.Pipe, own) {
		u.asked = append(u.asked, use.Name)
	}
	u.list(b.List, within)
	u.list(b.ElseList, own)
}

func (u *labelUser) pipe(p *parse.PipeNode, own bool) (all []LabelUse) {
	walkPipe(p, func(n parse.Node) {
		switch n := n.(type) {
		case *parse.VariableNode:
			if n.Ident[0] == "$labels" && len(n.Ident) > 1 {
				all = u.add(all, n.Ident[1], int(n.Pos)-len("$labels"), len("$labels."+n.Ident[1]))
			}
		case *parse.FieldNode:
			if own && n.Ident[0] == "Labels" && len(n.Ident) > 1 {
				all = u.add(all, n.Ident[1], int(n.Pos)-len(".Labels"), len(".Labels."+n.Ident[1]))
			}
		case *parse.CommandNode:
			if name, ok := indexed(n); ok {
				all = u.add(all, name, int(n.Pos), len(n.String()))
			}
		}
	})
	return all
}

// add notes a use, which stands behind the head; that itself is none.
func (u *labelUser) add(all []LabelUse, name string, at, length int) []LabelUse {
	from := at - len(templateHead)
	if from < 0 || from+length > len(u.text) {
		return all
	}
	return append(all, LabelUse{name, from, from + length})
}

// indexed reads index $labels "name".
func indexed(c *parse.CommandNode) (string, bool) {
	if len(c.Args) != 3 || c.Args[0].String() != "index" || c.Args[1].String() != "$labels" {
		return "", false
	}
	s, ok := c.Args[2].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return s.Text, true
}

package check

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// Templates of strangers are rendered only if that is cheap: each loop in a loop
// and each text that is made of itself multiplies what they cost, and sixteen
// kilobytes of those would take for ever.

// tooDear is the cost above which a template is not tried.
const tooDear = 1e6

// multiplies reports whether a text has anything that may make it dear: loops, calls, and
// functions that put texts together. The words may stand for something else.
func multiplies(body string) bool {
	return hasWord(body, "range", "template", "block", "with", "print", "join", "list", "append", "reReplaceAll")
}

// branches reports whether a text may go another way for another value.
func branches(body string) bool {
	return hasWord(body, "if", "with", "range", "template", "block", "and", "or", "index", "slice", "query")
}

func hasWord(body string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(body, w) })
}

// A price list knows the templates that others call.
type prices struct {
	trees map[string]*parse.Tree
	busy  map[string]bool // that are being counted: a call of them is a recursion
}

// foreign is the cost of a template that isn't the user's.
const foreign = 100

// each is how often a loop is run through at most, by a guess.
const each = 8

// pricesOf reads the templates that files define; what does not parse was reported.
func pricesOf(bodies []string) prices {
	p := prices{map[string]*parse.Tree{}, map[string]bool{}}
	for _, body := range bodies {
		for name, tree := range parsed(body) {
			p.trees[name] = tree
		}
	}
	return p
}

func parsed(body string) map[string]*parse.Tree {
	sets := map[string]*parse.Tree{}
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck
	if _, err := tree.Parse(variables+body, "", "", sets); err != nil {
		return nil
	}
	return sets
}

// variables are those that templates of annotations have.
const variables = "{{$labels := 0}}{{$externalLabels := 0}}{{$externalURL := 0}}{{$value := 0}}"

// of is what a text costs.
func (p prices) of(body string) float64 {
	own := prices{parsed(body), p.busy}
	if own.trees == nil {
		return 0 // it does not parse, and is not rendered
	}
	for name, tree := range p.trees {
		if own.trees[name] == nil {
			own.trees[name] = tree
		}
	}
	return own.call("")
}

func (p prices) call(name string) float64 {
	tree := p.trees[name]
	switch {
	case tree == nil || tree.Root == nil:
		return foreign
	case p.busy[name]:
		return math.Inf(1)
	}
	p.busy[name] = true
	defer delete(p.busy, name)
	cost, growth := p.list(tree.Root)
	return cost * growth
}

// list is the cost of nodes one after the other, and by how much variables may have
// grown after them: costs add up, growth multiplies.
func (p prices) list(l *parse.ListNode) (cost, growth float64) {
	cost, growth = 1, 1
	if l == nil {
		return cost, growth
	}
	for _, n := range l.Nodes {
		c, g := p.node(n)
		cost += c
		growth *= g
	}
	return cost, growth
}

func (p prices) node(n parse.Node) (cost, growth float64) {
	switch n := n.(type) {
	case *parse.ActionNode:
		factor := grows(n.Pipe)
		if len(n.Pipe.Decl) == 0 {
			return factor, 1
		}
		return factor, factor
	case *parse.RangeNode:
		cost, growth = p.branch(&n.BranchNode)
		return each * cost, math.Pow(growth, each)
	case *parse.IfNode:
		return p.branch(&n.BranchNode)
	case *parse.WithNode:
		return p.branch(&n.BranchNode)
	case *parse.TemplateNode:
		return grows(n.Pipe) * p.call(n.Name), 1
	}
	return 1, 1
}

func (p prices) branch(b *parse.BranchNode) (cost, growth float64) {
	cost, growth = p.list(b.List)
	more, further := p.list(b.ElseList)
	factor := grows(b.Pipe)
	return factor * (cost + more), factor * max(growth, further)
}

// grows is by how much a pipe may make a text longer: calls that put texts together
// may double it, one that replaces does so the more the longer what it puts in is,
// and printf pads to any width.
func grows(p *parse.PipeNode) float64 {
	factor := 1.0
	if p == nil {
		return factor
	}
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			switch arg := arg.(type) {
			case *parse.IdentifierNode:
				factor *= growthOf(arg.Ident, c.Args)
			case *parse.PipeNode:
				factor *= grows(arg)
			case *parse.ChainNode:
				if inner, ok := arg.Node.(*parse.PipeNode); ok {
					factor *= grows(inner)
				}
			}
		}
	}
	return factor
}

func growthOf(function string, args []parse.Node) float64 {
	switch function {
	case "print", "println", "join", "list", "append":
		return float64(max(len(args)-1, 1))
	case "printf":
		return float64(max(len(args)-1, 1)) * width(args)
	case "reReplaceAll":
		longest := 0
		for _, a := range args {
			if s, ok := a.(*parse.StringNode); ok {
				longest = max(longest, len(s.Text))
			}
		}
		return 1 + float64(longest)/8
	}
	return 1
}

// width is the largest number that printf is given, by its format or as it is: what
// it makes may be that wide.
func width(args []parse.Node) float64 {
	widest := 1.0
	for _, a := range args {
		switch a.(type) {
		case *parse.StringNode, *parse.NumberNode:
		default:
			continue
		}
		for _, digits := range regexp.MustCompile("[0-9]+").FindAllString(a.String(), -1) {
			if n, err := strconv.ParseFloat(digits, 64); err == nil && n > 100 {
				widest = max(widest, n)
			}
		}
	}
	return widest
}

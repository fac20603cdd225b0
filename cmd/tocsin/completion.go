package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"tocsin/rules/file"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Shell to print the script for: bash, zsh or fish."`
}

// Help says how to load the script.
func (completionCommand) Help() string {
	return "Load it with:\n" +
		"  bash   source <(tocsin completion bash)\n" +
		"  zsh    source <(tocsin completion zsh)\n" +
		"  fish   tocsin completion fish | source"
}

// Run prints the script, made from the same struct as the flags.
func (c completionCommand) Run(w process, app *kong.Application) error {
	commands := completions(app.Node)
	switch c.Shell {
	case "fish":
		return writeFish(w.out, commands)
	case "zsh":
		_, err := fmt.Fprint(w.out, "autoload -Uz compinit bashcompinit && compinit && bashcompinit\n"+bashScript(commands))
		return err
	}
	_, err := fmt.Fprint(w.out, bashScript(commands))
	return err
}

// A completion is a command with its flags, and the words that may stand in
// place of its argument where those are known; else it is a file.
type completion struct {
	path  []string // silence, add
	help  string
	flags []*kong.Flag
	words []string
	other bool // its argument is neither a known word nor a file
	below bool // its words are further commands
}

// name is what a person types.
func (c completion) name() string { return strings.Join(c.path, " ") }

func completions(node *kong.Node) (all []completion) {
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		c := completion{path: append(commandPath(node), child.Name), help: child.Help, flags: child.Flags}
		for _, p := range child.Positional {
			c.words = append(c.words, words(p)...)
			c.other = p.Tag.Get("complete") == "nothing"
		}
		for _, below := range child.Children {
			c.below, c.words = true, append(c.words, below.Name)
		}
		all = append(append(all, c), completions(child)...)
	}
	return all
}

func commandPath(node *kong.Node) []string {
	if node == nil || node.Type == kong.ApplicationNode {
		return nil
	}
	return append(commandPath(node.Parent), node.Name)
}

// words are those that a flag or an argument takes, none if it takes any.
func words(v *kong.Value) (all []string) {
	if which := v.Tag.Get("complete"); which != "" {
		for _, e := range file.Codes() {
			if e.Warning || which == "codes" {
				all = append(all, string(e.Code), e.Name)
			}
		}
		return all
	}
	if v.Enum == "" {
		return nil
	}
	return slices.DeleteFunc(v.EnumSlice(), func(w string) bool { return w == "" })
}

func bashScript(commands []completion) string {
	var names []string
	var cases, values, deeper strings.Builder
	for _, c := range commands {
		if len(c.path) == 1 {
			names = append(names, c.name())
		}
		if c.below {
			fmt.Fprintf(&deeper, "    %q) if [ \"$COMP_CWORD\" -gt %d ]; then path=\"$path ${COMP_WORDS[%d]}\"; fi ;;\n", c.name(), len(c.path)+1, len(c.path)+1)
		}
		flags := []string{"--help"}
		for _, f := range c.flags {
			flags = append(flags, "--"+f.Name)
			if w := words(f.Value); len(w) > 0 {
				fmt.Fprintf(&values, "    %q) flags= words=%q ;;\n", c.name()+":--"+f.Name, strings.Join(w, " "))
			}
		}
		fmt.Fprintf(&cases, "    %q) flags=%q words=%q files=%q ;;\n", c.name(), strings.Join(flags, " "), strings.Join(c.words, " "), c.files())
	}
	return "_tocsin() {\n" +
		"  local cur=${COMP_WORDS[COMP_CWORD]} path=${COMP_WORDS[1]} flags= words= files=-f\n" +
		"  COMPREPLY=()\n" +
		"  if [ \"$COMP_CWORD\" -eq 1 ]; then\n" +
		"    COMPREPLY=($(compgen -W \"" + strings.Join(names, " ") + "\" -- \"$cur\"))\n" +
		"    return\n  fi\n" +
		"  case $path in\n" + deeper.String() + "  esac\n" +
		"  case $path in\n" + cases.String() + "  esac\n" +
		"  case $path:${COMP_WORDS[COMP_CWORD-1]} in\n" + values.String() + "  esac\n" +
		"  case $cur in\n" +
		"    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n" +
		"    *)\n" +
		"      if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n" +
		"      elif [ -n \"$files\" ]; then COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n" +
		"  esac\n}\n" +
		"complete -o filenames -F _tocsin tocsin\n"
}

// files is what bash completes an argument with that is not one of the words.
func (c completion) files() string {
	if c.other {
		return ""
	}
	return "-f"
}

func writeFish(out io.Writer, commands []completion) error {
	var b strings.Builder
	for _, c := range commands {
		last := c.path[len(c.path)-1]
		if len(c.path) == 1 {
			fmt.Fprintf(&b, "complete -c tocsin -n __fish_use_subcommand -f -a %s -d %s\n", last, fishQuote(c.help))
		}
		seen := fishQuote("__fish_seen_subcommand_from " + strings.Join(c.path, "; and __fish_seen_subcommand_from "))
		if c.below {
			seen = fishQuote("__fish_seen_subcommand_from " + last + "; and not __fish_seen_subcommand_from " + strings.Join(c.words, " "))
		}
		switch {
		case len(c.words) > 0:
			fmt.Fprintf(&b, "complete -c tocsin -n %s -f -a %s\n", seen, fishQuote(strings.Join(c.words, " ")))
		case c.other:
			fmt.Fprintf(&b, "complete -c tocsin -n %s -f\n", seen)
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c tocsin -n %s -l %s -d %s", seen, f.Name, fishQuote(f.Help))
			if w := words(f.Value); len(w) > 0 {
				b.WriteString(" -x -a " + fishQuote(strings.Join(w, " ")))
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

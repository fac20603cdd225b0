package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
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
	commands := completions(app)
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
	name, help string
	flags      []*kong.Flag
	words      []string
}

func completions(app *kong.Application) (all []completion) {
	for _, node := range app.Children {
		if node.Hidden {
			continue
		}
		c := completion{name: node.Name, help: node.Help, flags: node.Flags}
		for _, p := range node.Positional {
			c.words = append(c.words, words(p)...)
		}
		all = append(all, c)
	}
	return all
}

// words are those that a flag or an argument takes, none if it takes any.
func words(v *kong.Value) []string {
	if v.Enum == "" {
		return nil
	}
	return v.EnumSlice()
}

func bashScript(commands []completion) string {
	var names []string
	var cases, values strings.Builder
	for _, c := range commands {
		names = append(names, c.name)
		flags := []string{"--help"}
		for _, f := range c.flags {
			flags = append(flags, "--"+f.Name)
			if w := words(f.Value); len(w) > 0 {
				fmt.Fprintf(&values, "    %s:--%s) flags= words=%q ;;\n", c.name, f.Name, strings.Join(w, " "))
			}
		}
		fmt.Fprintf(&cases, "    %s) flags=%q words=%q ;;\n", c.name, strings.Join(flags, " "), strings.Join(c.words, " "))
	}
	return "_tocsin() {\n" +
		"  local cur=${COMP_WORDS[COMP_CWORD]} flags= words=\n" +
		"  COMPREPLY=()\n" +
		"  if [ \"$COMP_CWORD\" -eq 1 ]; then\n" +
		"    COMPREPLY=($(compgen -W \"" + strings.Join(names, " ") + "\" -- \"$cur\"))\n" +
		"    return\n  fi\n" +
		"  case ${COMP_WORDS[1]} in\n" + cases.String() + "  esac\n" +
		"  case ${COMP_WORDS[1]}:${COMP_WORDS[COMP_CWORD-1]} in\n" + values.String() + "  esac\n" +
		"  case $cur in\n" +
		"    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n" +
		"    *)\n" +
		"      if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n" +
		"      else COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n" +
		"  esac\n}\n" +
		"complete -o filenames -F _tocsin tocsin\n"
}

func writeFish(out io.Writer, commands []completion) error {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c tocsin -n __fish_use_subcommand -f -a %s -d %s\n", c.name, fishQuote(c.help))
		if len(c.words) > 0 {
			fmt.Fprintf(&b, "complete -c tocsin -n '__fish_seen_subcommand_from %s' -f -a %s\n", c.name, fishQuote(strings.Join(c.words, " ")))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c tocsin -n '__fish_seen_subcommand_from %s' -l %s -d %s", c.name, f.Name, fishQuote(f.Help))
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

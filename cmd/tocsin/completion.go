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

// A completion is a command with its flags.
type completion struct {
	name, help string
	flags      []*kong.Flag
}

func completions(app *kong.Application) (all []completion) {
	for _, node := range app.Children {
		if !node.Hidden {
			all = append(all, completion{node.Name, node.Help, node.Flags})
		}
	}
	return all
}

func bashScript(commands []completion) string {
	var names, cases strings.Builder
	for _, c := range commands {
		names.WriteString(c.name + " ")
		var flags []string
		for _, f := range c.flags {
			flags = append(flags, "--"+f.Name)
		}
		fmt.Fprintf(&cases, "    %s) words=%q ;;\n", c.name, strings.Join(append(flags, "--help"), " "))
	}
	return "_tocsin() {\n" +
		"  local cur=${COMP_WORDS[COMP_CWORD]} words=\n" +
		"  COMPREPLY=()\n" +
		"  if [ \"$COMP_CWORD\" -eq 1 ]; then\n" +
		"    COMPREPLY=($(compgen -W \"" + strings.TrimSpace(names.String()) + "\" -- \"$cur\"))\n" +
		"    return\n  fi\n" +
		"  case ${COMP_WORDS[1]} in\n" + cases.String() + "  esac\n" +
		"  case $cur in\n" +
		"    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n" +
		"    *) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n" +
		"  esac\n}\n" +
		"complete -o filenames -F _tocsin tocsin\n"
}

func writeFish(out io.Writer, commands []completion) error {
	var b strings.Builder
	for _, c := range commands {
		fmt.Fprintf(&b, "complete -c tocsin -n __fish_use_subcommand -f -a %s -d %s\n", c.name, fishQuote(c.help))
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c tocsin -n '__fish_seen_subcommand_from %s' -l %s -d %s\n", c.name, f.Name, fishQuote(f.Help))
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

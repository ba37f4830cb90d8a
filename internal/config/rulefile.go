package config

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// metricRules is the kind that groups of a rule file become.
const metricRules = "MetricRules"

// maxCopied bounds what the aliases of one rule file may stand for together.
const maxCopied = 200_000

// isRuleFile reports whether a document is a rule file of Prometheus: it has groups and no kind.
func isRuleFile(n *yaml.Node) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	fields := pairsOf(n)
	return fields["groups"] != nil && fields["kind"] == nil
}

// ruleFile makes a document of each group of a rule file, under the group's name as names are written here.
func ruleFile(file string, root *yaml.Node, p *problems) (docs []*Document) {
	whole := &Document{File: file, Kind: metricRules, root: root, nodes: map[string]*yaml.Node{}}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, groups := root.Content[i], root.Content[i+1]
		whole.nodes[key.Value] = key
		switch {
		case key.Value != "groups":
			p.invalid(whole, key.Value, "is not a field of a rule file, which has only groups")
		case isNull(groups):
		case groups.Kind != yaml.SequenceNode:
			p.invalid(whole, "groups", "must be a list of rule groups, not %s", shape(groups))
		default:
			left := maxCopied
			for _, g := range groups.Content {
				if d := ruleGroup(file, g, &left, p); d != nil {
					docs = append(docs, d)
				}
			}
		}
	}
	return docs
}

// ruleGroup makes a document of a group; nil stands for one without rules, which is nothing, or an unusable one.
func ruleGroup(file string, group *yaml.Node, left *int, p *problems) *Document {
	group = spelledOut(group, left)
	d := &Document{File: file, Kind: metricRules, root: group, nodes: map[string]*yaml.Node{}}
	if *left <= 0 {
		p.invalid(d, "", "stands for too much with its aliases: write the rules out")
		return nil
	}
	if group.Kind != yaml.MappingNode {
		p.invalid(d, "", `must be a rule group with "name:" and "rules:", not %s`, shape(group))
		return nil
	}
	name := d.word("name", p)
	if name == "" {
		return nil
	}
	if rules := pairsOf(group)["rules"]; rules == nil || isNull(rules) || rules.Kind == yaml.SequenceNode && len(rules.Content) == 0 {
		return nil
	}
	if d.Name = nameOf(name); d.Name != name {
		at := d.nodes["name"]
		group.Content = append(group.Content,
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "group", Line: at.Line, Column: at.Column},
			&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name, Line: at.Line, Column: at.Column})
	}
	return d
}

// spelledOut is a copy without aliases: Prometheus takes them, so rule files may have them.
func spelledOut(n *yaml.Node, left *int) *yaml.Node {
	if *left--; *left <= 0 {
		return n
	}
	if n.Kind == yaml.AliasNode {
		return spelledOut(n.Alias, left)
	}
	out := *n
	out.Anchor, out.Content = "", make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out.Content[i] = spelledOut(c, left)
	}
	return &out
}

const longestName = 60

// nameOf makes a name of what a rule file calls a group: "Node exporter.rules" becomes "node-exporter-rules".
func nameOf(group string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(group) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		return "rules"
	}
	if len(name) > longestName {
		sum := 0
		for _, r := range group { // long names that begin alike stay different
			sum = (sum*31 + int(r)) % 10_000
		}
		name = strings.TrimRight(name[:longestName-5], "-") + "-" + strconv.Itoa(sum)
	}
	return name
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vitrine.Policies;

/// <summary>
/// Reads the part of YAML 1.2 that rules need: one document of tables, lists and text. Anchors, aliases, tags and merge keys are refused,
/// because what they mean depends on the reader and some of them grow without bound.
/// </summary>
internal static class PolicyDocument
{
    /// <summary>The most UTF-16 code units in a file. The lists in use are a tenth of it.</summary>
    public const int LongestFile = 256 * 1024;

    /// <summary>The deepest nesting of lists and tables.</summary>
    public const int Deepest = 32;

    /// <summary>The document's root, or null when the file cannot be read as a whole. Errors are gathered either way.</summary>
    public static PolicyNode? Read(PolicyFile file, PolicyErrors errors)
    {
        if (file.Text.Length > LongestFile)
        {
            errors.Add(file.Name, 0, 0, $"at most {LongestFile} characters", $"{file.Text.Length}");
            return null;
        }
        var nul = file.Text.IndexOf('\0', StringComparison.Ordinal);
        if (nul >= 0)
        {
            var before = file.Text.AsSpan(0, nul);
            errors.Add(file.Name, before.Count('\n') + 1, nul - before.LastIndexOf('\n'), "text without U+0000", "U+0000");
            return null;
        }
        try
        {
            var reading = new Reading(file, errors);
            return reading.Document();
        }
        catch (YamlException broken)
        {
            errors.Add(file.Name, (int)broken.Start.Line, (int)broken.Start.Column, "YAML that can be read", broken.Message);
            return null;
        }
    }

    private sealed class Reading(PolicyFile file, PolicyErrors errors)
    {
        private readonly GuardedParser parser = new(file.Text);

        public PolicyNode? Document()
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                errors.Add(file.Name, 1, 1, "one YAML document", "an empty file");
                return null;
            }
            var root = Node(0);
            if (root is null)
                return null;
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out var second))
                errors.Add(file.Name, (int)second.Start.Line, (int)second.Start.Column, "one YAML document", "a second one");
            return root;
        }

        /// <summary>Null only when reading must stop.</summary>
        private PolicyNode? Node(int depth)
        {
            var next = parser.Consume<ParsingEvent>();
            int line = (int)next.Start.Line, column = (int)next.Start.Column;
            if (depth > Deepest)
            {
                errors.Add(file.Name, line, column, $"at most {Deepest} levels", "deeper nesting");
                return null;
            }
            if (next is AnchorAlias alias)
            {
                errors.Add(file.Name, line, column, "text, written out (quote a leading '*')", $"the alias *{alias.Value}");
                return new TextNode(file.Name, line, column, "");
            }
            if (next is NodeEvent node)
                RefuseDecoration(node, line, column);
            return next switch
            {
                Scalar scalar => new TextNode(file.Name, line, column, scalar.Value),
                SequenceStart => List(line, column, depth),
                MappingStart => Table(line, column, depth),
                _ => throw new YamlException(next.Start, next.End, $"An unexpected {next.GetType().Name}."),
            };
        }

        private void RefuseDecoration(NodeEvent node, int line, int column)
        {
            if (!node.Anchor.IsEmpty)
                errors.Add(file.Name, line, column, "no anchors", $"&{node.Anchor.Value}");
            if (!node.Tag.IsEmpty)
                errors.Add(file.Name, line, column, "no tags", node.Tag.Value);
        }

        private ListNode? List(int line, int column, int depth)
        {
            var items = new List<PolicyNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                if (Node(depth + 1) is not { } item)
                    return null;
                items.Add(item);
            }
            return new ListNode(file.Name, line, column, items);
        }

        private TableNode? Table(int line, int column, int depth)
        {
            var entries = new List<KeyValuePair<TextNode, PolicyNode>>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                if (Node(depth + 1) is not { } key || Node(depth + 1) is not { } value)
                    return null;
                if (key is not TextNode name)
                    errors.Add(key, "text as a key", key.Kind);
                else if (name.Value == "<<")
                    errors.Add(name, "no merge keys", "<<");
                else if (!seen.Add(name.Value))
                    errors.Add(name, "each key once", $"'{name.Value}' again");
                else
                    entries.Add(KeyValuePair.Create(name, value));
            }
            return new TableNode(file.Name, line, column, entries);
        }
    }

    /// <summary>The parser of the library, which lets more than its own exceptions escape: what it cannot read is an error of the file, whatever it throws.</summary>
    private sealed class GuardedParser : IParser
    {
        private readonly Scanner scanner;
        private readonly Parser parser;

        public GuardedParser(string text)
        {
            scanner = new Scanner(new StringReader(text));
            parser = new Parser(scanner);
        }

        public ParsingEvent? Current => parser.Current;

        public bool MoveNext()
        {
            try
            {
                return parser.MoveNext();
            }
            catch (Exception broken) when (broken is not YamlException)
            {
                throw new YamlException(scanner.CurrentPosition, scanner.CurrentPosition, "A tag or an escape that is none.", broken);
            }
        }
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Vitrine.Policies;

/// <summary>One policy file as text. <paramref name="Name"/> is the bare file name, such as <c>prompt-rules.yaml</c>.</summary>
public sealed record PolicyFile(string Name, string Text);

/// <summary>One thing wrong in a policy file. Lines and columns count from 1; 0 where the whole file is meant.</summary>
public sealed record PolicyError(string File, int Line, int Column, string Expected, string Found)
{
    public override string ToString() => $"{File}:{Line}:{Column}: expected {Expected}, found {Found}";
}

/// <summary>Either policies that run or everything that is wrong with their files.</summary>
public abstract record PolicySetResult
{
    private PolicySetResult()
    {
    }

    public sealed record Accepted(PolicySet Policies) : PolicySetResult;

    public sealed record Rejected(IReadOnlyList<PolicyError> Errors) : PolicySetResult;
}

/// <summary>All policies of the platform at one moment. Immutable; a decision depends on nothing but this and the question.</summary>
public sealed class PolicySet
{
    public const string PromptRulesFile = "prompt-rules.yaml";
    public const string OutputRulesFile = "output-rules.yaml";
    public const string LabellingFile = "labelling.yaml";

    private PolicySet(PromptPolicy prompts, OutputPolicy outputs, LabellingPolicy labelling, string digest)
    {
        Prompts = prompts;
        Outputs = outputs;
        Labelling = labelling;
        Digest = digest;
    }

    public PromptPolicy Prompts { get; }

    public OutputPolicy Outputs { get; }

    public LabellingPolicy Labelling { get; }

    /// <summary>
    /// <c>sha256:</c> and 64 lower-case hexadecimal digits over the files in the order of their names: for each, the name and the text in UTF-8, each
    /// followed by a zero byte (which neither may contain). It names the policies in the ledger.
    /// </summary>
    public string Digest { get; }

    /// <summary>
    /// Reads and checks all files. <see cref="PromptRulesFile"/>, <see cref="OutputRulesFile"/> and <see cref="LabellingFile"/> must be there, once
    /// each, and nothing else. Every error of every file is reported at once.
    /// </summary>
    /// <param name="canDraw">Whether a visible label of this text can be drawn; without it every text counts as drawable.</param>
    public static PolicySetResult Parse(IReadOnlyList<PolicyFile> files, Func<string, bool>? canDraw = null)
    {
        var errors = new PolicyErrors();
        foreach (var file in files.Where(file => file.Name is not (PromptRulesFile or OutputRulesFile or LabellingFile)))
            errors.Add(file.Name, 0, 0, $"{PromptRulesFile}, {OutputRulesFile} and {LabellingFile} only", "a file of another name");
        var prompts = PromptRulesValidator.Validate(Only(files, PromptRulesFile, errors), errors);
        var outputs = OutputRulesValidator.Validate(Only(files, OutputRulesFile, errors), errors);
        var labelling = LabellingValidator.Validate(Only(files, LabellingFile, errors), errors, canDraw ?? (_ => true));
        return errors.Any || prompts is null || outputs is null || labelling is null
            ? new PolicySetResult.Rejected(errors.InOrder())
            : new PolicySetResult.Accepted(new PolicySet(prompts, outputs, labelling, DigestOf(files)));
    }

    private static PolicyFile? Only(IReadOnlyList<PolicyFile> files, string name, PolicyErrors errors)
    {
        var found = files.Where(file => file.Name == name).ToList();
        if (found.Count != 1)
            errors.Add(name, 0, 0, "one file of this name", found.Count == 0 ? "none" : $"{found.Count}");
        return found.Count == 1 ? found[0] : null;
    }

    private static string DigestOf(IEnumerable<PolicyFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file.Name + '\0'));
            hash.AppendData(Encoding.UTF8.GetBytes(file.Text + '\0'));
        }
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

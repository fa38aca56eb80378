namespace Vitrine.Policies;

/// <summary>
/// Everything in a request that people wrote and a model or a viewer may come to read: the prompt, what it should avoid, and other texts such as a
/// style, a user field or a file name.
/// </summary>
public sealed record PromptText
{
    /// <summary>The most UTF-16 code units in all texts together: four prompts of the longest length the gateway takes.</summary>
    public const int MostCharacters = 131_072;

    /// <summary>The most other texts.</summary>
    public const int MostOthers = 64;

    /// <exception cref="ArgumentException">There is more than <see cref="MostCharacters"/> or <see cref="MostOthers"/>.</exception>
    public PromptText(string prompt, string negativePrompt = "", IReadOnlyList<string>? others = null)
    {
        Prompt = prompt;
        NegativePrompt = negativePrompt;
        Others = others is null ? [] : [.. others];
        if (Others.Count > MostOthers)
            throw new ArgumentException($"At most {MostOthers} other texts are screened together.", nameof(others));
        if (prompt.Length + (long)negativePrompt.Length + Others.Sum(other => (long)other.Length) > MostCharacters)
            throw new ArgumentException($"At most {MostCharacters} characters are screened together.", nameof(prompt));
    }

    public string Prompt { get; }

    public string NegativePrompt { get; }

    public IReadOnlyList<string> Others { get; }
}

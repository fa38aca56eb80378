using System.Text.Json.Serialization;
using Vitrine.Grains.Interfaces;

namespace Vitrine.Grains.Inputs;

/// <summary>Somebody brought a picture, and its credentials were checked. One that was deleted can be brought again.</summary>
/// <param name="Findings">The status codes of C2PA that speak against its credentials.</param>
/// <param name="Checked">Everything that the check found, so that what is made from it later can say what was found then; null in events from before this was kept.</param>
public sealed record InputReceived(
    string? User, string Key, string Sha256, string MediaType, long Length, int Width, int Height, InputCredential Credential, string? Manifest, IReadOnlyList<string> Findings, DateTimeOffset At,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<InputFinding>? Checked = null);

/// <summary>Its bytes are deleted; that it was there stands.</summary>
/// <param name="By">The API key that asked, or <c>erasure</c>.</param>
public sealed record InputDeleted(string By, DateTimeOffset At);

using System.Text.Json.Serialization;

namespace Vitrine.Gateway;

/// <summary>How the native dialect's answers become JSON: snake case, nothing written for null, no reflection at run time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(RenditionRequest))]
[JsonSerializable(typeof(JobReceipt))]
[JsonSerializable(typeof(JobBody))]
[JsonSerializable(typeof(Page<JobBody>))]
[JsonSerializable(typeof(QueuedEvent))]
[JsonSerializable(typeof(StartedEvent))]
[JsonSerializable(typeof(ProgressEvent))]
[JsonSerializable(typeof(OutputEvent))]
[JsonSerializable(typeof(AssetBody))]
[JsonSerializable(typeof(InputBody))]
[JsonSerializable(typeof(InclusionBody))]
[JsonSerializable(typeof(ConsistencyBody))]
[JsonSerializable(typeof(PlatformBody))]
[JsonSerializable(typeof(VerifyBody))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(ReplayBody))]
[JsonSerializable(typeof(SoftBindingQuery))]
[JsonSerializable(typeof(SoftBindingAlgorithms))]
[JsonSerializable(typeof(SoftBindingMatches))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(LineageBody))]
[JsonSerializable(typeof(UsageBody))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(LimitsBody))]
[JsonSerializable(typeof(AccountBody))]
[JsonSerializable(typeof(NewTenantRequest))]
[JsonSerializable(typeof(TenantBody))]
[JsonSerializable(typeof(Page<TenantBody>))]
[JsonSerializable(typeof(NewProjectRequest))]
[JsonSerializable(typeof(ProjectBody))]
[JsonSerializable(typeof(Page<ProjectBody>))]
[JsonSerializable(typeof(NewUserRequest))]
[JsonSerializable(typeof(UserBody))]
[JsonSerializable(typeof(Page<UserBody>))]
[JsonSerializable(typeof(EraseEndUserRequest))]
[JsonSerializable(typeof(ErasureBody))]
[JsonSerializable(typeof(NewKeyRequest))]
[JsonSerializable(typeof(KeyBody))]
[JsonSerializable(typeof(NewKeyBody))]
[JsonSerializable(typeof(Page<KeyBody>))]
internal sealed partial class WireJson : JsonSerializerContext;

/// <summary>A part of a list. <see cref="Next"/> is the <c>after</c> of the next part, null at the end.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Data, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next);

/// <summary>RFC 9457, as <see cref="Dialect.Native"/> writes it; here for the OpenAPI document.</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string Code, IReadOnlyList<ProblemField>? Errors);

internal sealed record ProblemField([property: JsonPropertyName("pointer")] string At, string Code, string Detail);
